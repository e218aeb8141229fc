//! What messages say: their titles in English and Arabic, what customers write, why messages fail.

use super::draft::Rule;

/// The way a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Email.
    Email,
    /// SMS: no receipt for reading.
    Sms,
    /// WhatsApp.
    Whatsapp,
}

impl Way {
    /// In the query language.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
        }
    }

    /// In a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "SMS",
            Self::Whatsapp => "WhatsApp",
        }
    }
}

/// A kind of message.
#[derive(Debug)]
pub(super) struct Letter {
    /// The template's id.
    pub template: &'static str,
    /// The title; `#` stands for the order.
    pub title: &'static str,
    /// The title for those who are written to in Arabic.
    pub title_ar: &'static str,
    /// The rule that sends it.
    pub rule: Rule,
    /// How often it goes by email, SMS, WhatsApp.
    pub ways: [u32; 3],
}

const fn letter(
    template: &'static str,
    title: &'static str,
    title_ar: &'static str,
    rule: &'static str,
    ways: [u32; 3],
) -> Letter {
    Letter {
        template,
        title,
        title_ar,
        rule: Rule {
            id: template,
            name: rule,
        },
        ways,
    }
}

/// We have the order.
pub(super) const CONFIRMED: Letter = letter(
    "order_confirmation",
    "We have your order #",
    "استلمنا طلبك رقم #",
    "Order confirmation",
    [8, 0, 3],
);
/// The invoice.
pub(super) const INVOICE: Letter = letter(
    "invoice",
    "Invoice for order #",
    "فاتورة الطلب رقم #",
    "Invoice on payment",
    [1, 0, 0],
);
/// The receipt of the counter.
pub(super) const TILL_RECEIPT: Letter = letter(
    "till_receipt",
    "Your receipt, order #",
    "إيصال الشراء، الطلب #",
    "Receipt by message",
    [2, 3, 5],
);
/// It is packed.
pub(super) const PACKED: Letter = letter(
    "packed",
    "Your order # is packed and leaves today",
    "طلبك رقم # جاهز وسيغادر اليوم",
    "Packed",
    [0, 4, 1],
);
/// It left.
pub(super) const SHIPPED: Letter = letter(
    "shipped",
    "Your order # is on its way",
    "طلبك رقم # في الطريق إليك",
    "Shipped",
    [5, 2, 4],
);
/// How does it fit?
pub(super) const DELIVERED: Letter = letter(
    "after_delivery",
    "How does it fit? Order #",
    "كيف وجدت المقاس؟ الطلب رقم #",
    "Ask after delivery",
    [4, 0, 3],
);
/// The money is on its way back.
pub(super) const REFUNDED: Letter = letter(
    "refund",
    "Refund for order #",
    "استرداد مبلغ الطلب رقم #",
    "Refund notice",
    [5, 1, 2],
);
/// The payment is missing.
pub(super) const ASK_TO_PAY: Letter = letter(
    "payment_reminder",
    "Payment reminder for order #",
    "تذكير بسداد الطلب رقم #",
    "Payment reminder",
    [3, 2, 2],
);
/// Something waits in the cart.
pub(super) const CART: Letter = letter(
    "cart_reminder",
    "You left something in your cart",
    "لديك قطع في سلة التسوق",
    "Cart reminder",
    [5, 0, 2],
);
/// It is there again.
pub(super) const BACK_IN_STOCK: Letter = letter(
    "back_in_stock",
    "Back in stock, as you asked",
    "عادت القطعة التي سألت عنها",
    "Back in stock",
    [4, 1, 2],
);
/// A coupon of one's own.
pub(super) const BIRTHDAY: Letter = letter(
    "birthday",
    "A small gift for your birthday",
    "هدية صغيرة بمناسبة يوم ميلادك",
    "Birthday coupon",
    [3, 1, 3],
);
/// A colleague answers.
pub(super) const ANSWER: Letter = letter(
    "answer",
    "About your order #",
    "بخصوص طلبك رقم #",
    "Answer",
    [2, 0, 7],
);

/// What a customer asks and what a colleague answers, each in English and Arabic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchange {
    question: [&'static str; 2],
    answer: [&'static str; 2],
}

impl Exchange {
    /// What they write.
    pub const fn question(&self, is_arabic: bool) -> &'static str {
        self.question[is_arabic as usize]
    }

    /// What a colleague makes of it.
    pub const fn answer(&self, is_arabic: bool) -> &'static str {
        self.answer[is_arabic as usize]
    }
}

/// What customers write about their orders.
pub(super) const QUESTIONS: &[Exchange] = &[
    Exchange {
        question: [
            "Thanks! Will it arrive before Sunday?",
            "شكرًا! هل يصل الطلب قبل يوم الأحد؟",
        ],
        answer: [
            "Yes, the courier comes on Saturday between 16:00 and 20:00.",
            "نعم، يصل المندوب يوم السبت بين الرابعة والثامنة مساءً.",
        ],
    },
    Exchange {
        question: [
            "Can I change the shirt from S to M before you ship?",
            "السلام عليكم، ممكن أبدّل المقاس من S إلى M قبل الشحن؟",
        ],
        answer: [
            "Of course, we have changed it to M. The price stays the same.",
            "وعليكم السلام، بكل سرور، بدّلناه إلى M والسعر كما هو.",
        ],
    },
    Exchange {
        question: [
            "Please leave it with the reception of building 4.",
            "لو سمحتم اتركوه عند استقبال مبنى 4.",
        ],
        answer: [
            "Noted, the courier will leave it with the reception of building 4.",
            "تم، سيتركه المندوب عند استقبال مبنى 4.",
        ],
    },
    Exchange {
        question: ["Is the abaya lined?", "هل العباية مبطنة؟"],
        answer: [
            "Yes, it is lined with viscose down to the knee.",
            "نعم، مبطنة بالفسكوز حتى الركبة.",
        ],
    },
    Exchange {
        question: [
            "The courier called while I was driving, can he come after 20:00?",
            "المندوب اتصل وأنا أقود، هل يمكنه القدوم بعد الثامنة مساءً؟",
        ],
        answer: [
            "We have asked him to come between 20:00 and 21:00.",
            "طلبنا منه القدوم بين الثامنة والتاسعة مساءً.",
        ],
    },
    Exchange {
        question: ["I received one piece too few.", "وصلتني قطعة ناقصة."],
        answer: [
            "We are sorry. The missing piece leaves today, and delivery is on us.",
            "نعتذر منك. القطعة الناقصة تخرج اليوم والتوصيل علينا.",
        ],
    },
    Exchange {
        question: [
            "It is beautiful, thank you so much.",
            "القطعة رائعة، شكرًا جزيلًا.",
        ],
        answer: [
            "Thank you, we are glad that you like it.",
            "شكرًا لك، يسعدنا أنها أعجبتك.",
        ],
    },
    Exchange {
        question: [
            "May I return it in the shop instead?",
            "هل يمكنني إرجاعها في الفرع؟",
        ],
        answer: [
            "Yes, with the order number, within 14 days, in any of our shops.",
            "نعم، برقم الطلب وخلال 14 يومًا في أي فرع.",
        ],
    },
    Exchange {
        question: [
            "Which size would you take at 168 cm?",
            "أي مقاس تنصحون به لطول 168 سم؟",
        ],
        answer: [
            "At 168 cm we recommend M; it falls to the ankle.",
            "لطول 168 سم ننصح بمقاس M، يصل إلى الكاحل.",
        ],
    },
    Exchange {
        question: [
            "Could you wrap it as a gift, without the price?",
            "ممكن تغلفونها كهدية بدون السعر؟",
        ],
        answer: [
            "With pleasure: gift paper, no price, and a card. What shall it say?",
            "بكل سرور: ورق هدايا بدون سعر ومعه بطاقة. ماذا نكتب فيها؟",
        ],
    },
];

/// Why a message fails: in words for people, then the provider's.
pub(super) const fn faults(way: Way) -> &'static [(&'static str, &'static str)] {
    match way {
        Way::Email => &[
            (
                "Address does not exist",
                "550 5.1.1 User unknown in virtual mailbox table",
            ),
            ("Mailbox full", "552 5.2.2 Over quota, tried for 4 days"),
            (
                "Refused as advertising",
                "554 5.7.1 Message rejected by policy",
            ),
            (
                "Their mail server was not reachable for 4 days",
                "451 4.4.1 Connection timed out",
            ),
        ],
        Way::Sms => &[
            (
                "Phone off or out of reach",
                "30003 Unreachable destination handset",
            ),
            (
                "Number is not a mobile number",
                "30006 Landline or unreachable carrier",
            ),
            ("Filtered by the carrier", "30007 Message filtered"),
        ],
        Way::Whatsapp => &[
            ("Number has no WhatsApp", "131026 Message undeliverable"),
            (
                "More than 24 hours since they wrote",
                "131047 Re-engagement message",
            ),
        ],
    }
}

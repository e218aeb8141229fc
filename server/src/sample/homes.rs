//! Where people are at home, and how they are called there.

/// Where a name is at home, with the part of a phone number that goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Home {
    /// What the number begins with; the last digits follow.
    pub dial: &'static str,
    /// Cities of those who don't live in the Kingdom.
    pub cities: &'static [&'static str],
}

/// The Kingdom.
pub(super) const SAUDI: Home = Home {
    dial: "+966 5",
    cities: &[
        "Riyadh", "Riyadh", "Riyadh", "Jeddah", "Dammam", "Khobar", "Makkah", "Madinah", "Abha",
        "Buraydah", "Tabuk", "Hail",
    ],
};

/// Names of one place.
pub(super) struct Elsewhere {
    /// Given names.
    pub given: &'static [&'static str],
    /// Family names.
    pub family: &'static [&'static str],
    /// Whether the family comes first.
    pub family_first: bool,
    /// Where they are at home.
    pub home: Home,
}

/// The places besides the Kingdom.
pub(super) const ELSEWHERE: &[Elsewhere] = &[
    Elsewhere {
        given: &[
            "Zeynep", "Elif", "Ayşe", "Çağla", "Emre", "Oğuz", "Büşra", "Kerem", "İpek", "Gül",
        ],
        family: &[
            "Yılmaz", "Kaya", "Çelik", "Şahin", "Öztürk", "Aydın", "Doğan", "Koç", "Güneş",
        ],
        family_first: false,
        home: Home {
            dial: "+90 555 010 ",
            cities: &["Istanbul", "Ankara", "Izmir", "Bursa"],
        },
    },
    Elsewhere {
        given: &[
            "Thị Hương",
            "Văn Đức",
            "Minh Châu",
            "Quỳnh Anh",
            "Ngọc Lan",
            "Thanh Tùng",
            "Hải Yến",
            "Gia Huy",
            "Khánh Linh",
            "Bảo Trâm",
        ],
        family: &[
            "Lê", "Nguyễn", "Trần", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô",
        ],
        family_first: true,
        home: Home {
            dial: "+84 90 555 ",
            cities: &["Hanoi", "Ho Chi Minh City", "Da Nang"],
        },
    },
    Elsewhere {
        given: &["Aoife", "Tomás", "Niamh", "Siobhán", "Cormac", "Gráinne"],
        family: &["Brennan", "Ó Briain", "Gallagher", "Doyle", "Ní Cheallaigh"],
        family_first: false,
        home: Home {
            dial: "+353 85 555 ",
            cities: &["Dublin", "Cork", "Galway"],
        },
    },
    Elsewhere {
        given: &[
            "Oliver",
            "Charlotte",
            "Harriet",
            "Callum",
            "Freya",
            "Rhys",
            "Imogen",
        ],
        family: &[
            "Whitmore",
            "Ashworth",
            "MacLeod",
            "Pritchard",
            "Holloway",
            "Fairbairn",
        ],
        family_first: false,
        home: Home {
            dial: "+44 7700 900",
            cities: &["London", "Manchester", "Edinburgh"],
        },
    },
    Elsewhere {
        given: &[
            "Mateo", "Lucía", "Inés", "Álvaro", "Martín", "Sofía", "Nuria", "Iñaki",
        ],
        family: &[
            "Fernández",
            "García",
            "Muñoz",
            "Ibáñez",
            "Castaño",
            "Peña",
            "Ramírez",
        ],
        family_first: false,
        home: Home {
            dial: "+34 600 555 ",
            cities: &["Madrid", "Barcelona", "Valencia"],
        },
    },
    Elsewhere {
        given: &["João", "Beatriz", "Gonçalo", "Inês", "Leonor"],
        family: &["Gonçalves", "Magalhães", "Simões", "Conceição"],
        family_first: false,
        home: Home {
            dial: "+351 91 555 ",
            cities: &["Lisbon", "Porto"],
        },
    },
    Elsewhere {
        given: &[
            "Priya", "Arjun", "Meera", "Rohan", "Anjali", "Kavya", "Vikram",
        ],
        family: &[
            "Raman", "Iyer", "Nair", "Kapoor", "Menon", "Banerjee", "Patel",
        ],
        family_first: false,
        home: Home {
            dial: "+91 98 5550 ",
            cities: &["Mumbai", "Kochi", "Delhi"],
        },
    },
    Elsewhere {
        given: &["Imran", "Sana", "Ayesha", "Bilal", "Hira", "Usman"],
        family: &["Siddiqui", "Chaudhry", "Qureshi", "Malik", "Baig"],
        family_first: false,
        home: Home {
            dial: "+92 300 555 ",
            cities: &["Karachi", "Lahore"],
        },
    },
    Elsewhere {
        given: &["Chidi", "Oluwaseun", "Ngozi", "Amina", "Folasade", "Zainab"],
        family: &["Okafor", "Adeyemi", "Eze", "Danjuma", "Nwosu", "Balogun"],
        family_first: false,
        home: Home {
            dial: "+234 803 555 ",
            cities: &["Lagos", "Abuja"],
        },
    },
    Elsewhere {
        given: &["Kofi", "Abena", "Yaw", "Ama", "Kwabena"],
        family: &["Boateng", "Owusu", "Asante", "Agyeman", "Mensah"],
        family_first: false,
        home: Home {
            dial: "+233 24 555 ",
            cities: &["Accra", "Kumasi"],
        },
    },
    Elsewhere {
        given: &["Ingrid", "Søren", "Åsa", "Kristín", "Bjørn", "Sigrid"],
        family: &[
            "Solberg",
            "Lindqvist",
            "Jónsdóttir",
            "Østergård",
            "Dahl",
            "Bergström",
        ],
        family_first: false,
        home: Home {
            dial: "+47 400 00 ",
            cities: &["Oslo", "Copenhagen", "Stockholm"],
        },
    },
    Elsewhere {
        given: &["Agnieszka", "Małgorzata", "Łukasz", "Paweł", "Zofia"],
        family: &["Wójcik", "Nowak", "Dąbrowski", "Zając", "Mazur"],
        family_first: false,
        home: Home {
            dial: "+48 500 55 ",
            cities: &["Warsaw", "Kraków"],
        },
    },
    Elsewhere {
        given: &["Jürgen", "Anneliese", "Matthias", "Käthe", "Björn"],
        family: &["Müller", "Groß", "Schäfer", "Weiß", "Kröger"],
        family_first: false,
        home: Home {
            dial: "+49 151 555 ",
            cities: &["Berlin", "Munich", "Hamburg"],
        },
    },
    Elsewhere {
        given: &["Yuki", "Haruto", "Sakura", "Kenji", "Hana"],
        family: &["Tanaka", "Sato", "Watanabe", "Kobayashi", "Mori"],
        family_first: false,
        home: Home {
            dial: "+81 90 5550 ",
            cities: &["Tokyo", "Osaka"],
        },
    },
    Elsewhere {
        given: &["Ji-woo", "Min-jun", "Seo-yeon", "Ha-eun"],
        family: &["Kim", "Park", "Choi", "Jeong"],
        family_first: true,
        home: Home {
            dial: "+82 10 5550 ",
            cities: &["Seoul", "Busan"],
        },
    },
    Elsewhere {
        given: &["Xiaoyu", "Wei", "Mei", "Jing", "Haoran"],
        family: &["Zhang", "Liu", "Chen", "Lin", "Zhao"],
        family_first: false,
        home: Home {
            dial: "+65 8555 ",
            cities: &["Singapore", "Shanghai"],
        },
    },
    Elsewhere {
        given: &[
            "Maria Clara",
            "Jose Miguel",
            "Angelica",
            "Rowena",
            "Jun",
            "Analyn",
            "Divina",
        ],
        family: &[
            "Santos",
            "Dela Cruz",
            "Reyes",
            "Bautista",
            "Villanueva",
            "Mendoza",
        ],
        family_first: false,
        home: Home {
            dial: "+63 917 555 ",
            cities: &["Manila", "Cebu", "Davao"],
        },
    },
    Elsewhere {
        given: &["Олена", "Тарас", "Соломія", "Богдан"],
        family: &["Шевченко", "Коваленко", "Мельник", "Бондар"],
        family_first: false,
        home: Home {
            dial: "+380 67 555 ",
            cities: &["Kyiv", "Lviv"],
        },
    },
];

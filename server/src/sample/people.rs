//! Who works in the store, which programs and rules work for it, and where each of them calls from.

use super::dice::Dice;
use domain::{Actor, ActorType, Origin, Reference, Role};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An actor and where it calls from.
#[derive(Debug, Clone)]
pub(super) struct Who {
    /// The actor as recorded.
    pub actor: Actor,
    /// Address and program, without a trace.
    pub origin: Origin,
}

/// What a colleague is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Products and their texts.
    Catalogue,
    /// Stock, packing, shipping.
    Warehouse,
    /// Coupons, offers, campaigns.
    Marketing,
    /// Orders and answers to customers.
    Service,
    /// Expenses and costs.
    Finance,
    /// Users and settings.
    Office,
    /// Looking at what others did.
    Audit,
}

/// Someone who works in the store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colleague {
    /// The store's own id.
    pub id: &'static str,
    /// As they write it.
    pub name: &'static str,
    /// Their address at the store.
    pub email: &'static str,
    /// Their role in the store.
    pub role: Role,
    address: Ipv4Addr,
    away: Ipv6Addr,
    agent: &'static str,
    phone_agent: &'static str,
    /// How often they do each kind of [`Work`].
    shares: [u32; 7],
}

const CHROME_MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const CHROME_WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const EDGE_WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0";
const FIREFOX_WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0";
const FIREFOX_LINUX: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
const SAFARI_MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15";
const SAFARI_IPAD: &str = "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
const SAFARI_IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
const CHROME_IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1";
const CHROME_ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36";
const SAMSUNG_ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36";

/// What customers look at the shop with, common ones several times.
const BUYERS: &[&str] = &[
    SAFARI_IPHONE,
    SAFARI_IPHONE,
    SAFARI_IPHONE,
    SAFARI_IPHONE,
    CHROME_ANDROID,
    CHROME_ANDROID,
    SAMSUNG_ANDROID,
    CHROME_IPHONE,
    SAFARI_MAC,
    CHROME_WINDOWS,
    CHROME_MAC,
    EDGE_WINDOWS,
    SAFARI_IPAD,
    FIREFOX_LINUX,
];

const fn mobile(host: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0x51a, 0x40, 0, 0, 0x7c1, host)
}

macro_rules! colleague {
    ($id:literal $name:literal $email:literal $role:ident [$a:literal $b:literal $c:literal $d:literal] $agent:ident $phone:ident $shares:expr) => {
        Colleague {
            id: $id,
            name: $name,
            email: concat!($email, "@maisonnoor.example"),
            role: Role::$role,
            address: Ipv4Addr::new($a, $b, $c, $d),
            away: mobile($d),
            agent: $agent,
            phone_agent: $phone,
            shares: $shares,
        }
    };
}

/// The colleagues. The shares are those of catalogue, warehouse, marketing, service, finance, office, audit.
pub(super) const STAFF: [Colleague; 12] = [
    colleague!("u_1" "Noor Al-Amri" "noor" SuperAdmin [203 0 113 2] SAFARI_MAC SAFARI_IPHONE [1, 0, 1, 0, 1, 3, 2]),
    colleague!("u_2" "Omar Haddad" "omar" Admin [203 0 113 41] CHROME_WINDOWS CHROME_ANDROID [4, 1, 4, 1, 1, 5, 2]),
    colleague!("u_17" "Sara Nasser" "sara" Manager [203 0 113 7] CHROME_MAC SAFARI_IPHONE [4, 0, 6, 2, 0, 0, 1]),
    colleague!("u_21" "Kwame Mensah" "kwame" StoreKeeper [198 51 100 24] CHROME_WINDOWS SAMSUNG_ANDROID [5, 5, 0, 0, 0, 0, 0]),
    colleague!("u_23" "Mei Lin Chen" "meilin" Manager [198 51 100 130] SAFARI_IPAD SAFARI_IPHONE [5, 0, 2, 0, 0, 0, 0]),
    colleague!("u_24" "Tomasz Zieliński" "tomasz" StoreKeeper [198 51 100 77] FIREFOX_LINUX CHROME_ANDROID [1, 4, 0, 0, 0, 0, 0]),
    colleague!("u_26" "ريم الحربي" "reem" Staff [203 0 113 90] CHROME_ANDROID CHROME_ANDROID [0, 0, 0, 4, 0, 0, 0]),
    colleague!("u_27" "Lena Fischer" "lena" Staff [198 51 100 18] FIREFOX_WINDOWS SAFARI_IPHONE [0, 0, 0, 5, 0, 0, 0]),
    colleague!("u_29" "خالد الشهري" "khalid" StoreKeeper [203 0 113 64] EDGE_WINDOWS SAMSUNG_ANDROID [1, 5, 0, 0, 0, 0, 0]),
    colleague!("u_31" "Nguyễn Minh Anh" "minhanh" Staff [198 51 100 52] CHROME_MAC SAFARI_IPHONE [0, 0, 1, 3, 0, 0, 0]),
    colleague!("u_33" "Elif Demir" "elif" Auditor [198 51 100 211] EDGE_WINDOWS SAFARI_IPHONE [0, 0, 0, 0, 0, 0, 5]),
    colleague!("u_34" "Aisha Bello" "aisha" Manager [203 0 113 118] CHROME_WINDOWS CHROME_IPHONE [0, 0, 0, 0, 6, 0, 0]),
];

/// Where Lena Fischer stands in [`STAFF`]: the colleague behind the sign-in of the role `staff`.
pub(super) const LENA: usize = 7;
/// Where Noor Al-Amri, the owner, stands in [`STAFF`].
pub(super) const OWNER: usize = 0;
/// Those besides Lena who have orders assigned to them.
pub(super) const OTHER_STAFF: [usize; 2] = [6, 9];

impl Colleague {
    /// The colleague as actor, at their desk or, one time in eight, on their phone.
    pub fn acts(&self, dice: &mut Dice) -> Who {
        let is_away = dice.chance(0.12);
        Who {
            actor: Actor {
                kind: ActorType::User,
                id: Some(self.id.to_owned()),
                name: Some(self.name.to_owned()),
                email: Some(self.email.to_owned()),
                role: Some(self.role.as_str().to_owned()),
            },
            origin: Origin {
                ip: Some(if is_away {
                    IpAddr::V6(self.away)
                } else {
                    IpAddr::V4(self.address)
                }),
                user_agent: Some(
                    if is_away {
                        self.phone_agent
                    } else {
                        self.agent
                    }
                    .to_owned(),
                ),
                trace_id: None,
            },
        }
    }

    /// The colleague as the thing something is done to.
    pub fn reference(&self) -> Reference {
        Reference {
            kind: "user".to_owned(),
            id: self.id.to_owned(),
            name: Some(self.name.to_owned()),
        }
    }
}

/// Someone whose work it is, as an index into [`STAFF`].
pub(super) fn someone_for(work: Work, dice: &mut Dice) -> usize {
    dice.weighted(&STAFF.map(|c| c.shares[work as usize]))
}

/// A program with a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Program {
    id: &'static str,
    name: &'static str,
    address: Ipv4Addr,
    agent: &'static str,
}

/// Adjusts stock.
pub(super) const WAREHOUSE_SYNC: Program = Program {
    id: "k_warehouse",
    name: "Warehouse sync",
    address: Ipv4Addr::new(198, 51, 100, 8),
    agent: "warehouse-sync/4.2 (+https://maisonnoor.example/it)",
};
/// Reports what happens on the way.
pub(super) const COURIER_REPORTS: Program = Program {
    id: "k_courier",
    name: "Courier reports",
    address: Ipv4Addr::new(198, 51, 100, 160),
    agent: "najd-express-callbacks/2.11",
};
/// Reports payments.
pub(super) const PAYMENTS: Program = Program {
    id: "k_payments",
    name: "Payments gateway",
    address: Ipv4Addr::new(198, 51, 100, 199),
    agent: "okhttp/4.12.0",
};
/// The till in Olaya street.
pub(super) const COUNTER: Program = Program {
    id: "k_counter",
    name: "Point of sale, Olaya",
    address: Ipv4Addr::new(203, 0, 113, 201),
    agent: "TillOS/7.3.1 (Olaya street; terminal 2)",
};
/// Books what the accountant needs.
pub(super) const BOOKKEEPING: Program = Program {
    id: "k_books",
    name: "Bookkeeping",
    address: Ipv4Addr::new(203, 0, 113, 230),
    agent: "python-requests/2.32.3",
};

impl Program {
    /// The program as actor.
    pub fn acts(&self) -> Who {
        Who {
            actor: Actor {
                kind: ActorType::ApiKey,
                id: Some(self.id.to_owned()),
                name: Some(self.name.to_owned()),
                email: None,
                role: None,
            },
            origin: Origin {
                ip: Some(IpAddr::V4(self.address)),
                user_agent: Some(self.agent.to_owned()),
                trace_id: None,
            },
        }
    }
}

/// The store itself.
pub(super) fn store() -> Who {
    Who {
        actor: Actor {
            name: Some("Maison Noor".to_owned()),
            ..Actor::system()
        },
        origin: Origin::default(),
    }
}

/// A rule as actor.
pub(super) fn rule(id: &str, name: &str) -> Who {
    Who {
        actor: Actor {
            kind: ActorType::Rule,
            id: Some(id.to_owned()),
            name: Some(name.to_owned()),
            email: None,
            role: None,
        },
        origin: Origin::default(),
    }
}

/// The program a customer looks at the shop with, and the address they do it from.
pub(super) fn home_of_buyer(number: usize, dice: &mut Dice) -> (IpAddr, &'static str) {
    let address = match dice.weighted(&[6, 2, 2]) {
        0 => IpAddr::V6(Ipv6Addr::new(
            0x2001,
            0xdb8,
            0x100 + (number >> 8) as u16,
            (number & 0xff) as u16,
            0,
            0,
            dice.between(1, 0xffff) as u16,
            dice.between(1, 0xffff) as u16,
        )),
        1 => IpAddr::V4(Ipv4Addr::new(203, 0, 113, dice.between(232, 254) as u8)),
        _ => IpAddr::V4(Ipv4Addr::new(198, 51, 100, dice.between(232, 254) as u8)),
    };
    (address, dice.pick(BUYERS))
}

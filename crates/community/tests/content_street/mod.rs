//! A street for tests: neighbours who write real signed records, and the entries a fold is given.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses a part of the street")]

pub mod samples;

use linli_community::content::{Author, Context, Dwelling, Entry, Neighbour, Payload, Standing};
use linli_community::register::{Reason, Role, Verdict};
use linli_record::{
    BlobRef, CommunityId, Draft, Incarnation, LogOpen, LogWriter, Record, RecordId, SecretKey,
};

/// One device.
pub struct Device {
    pub writer: LogWriter,
    pub author: Author,
}

/// One record with what is known of it.
#[derive(Clone)]
pub struct Said {
    pub record: Record,
    pub standing: Standing,
    pub by: usize,
}

/// Devices and what they said.
pub struct Street {
    pub devices: Vec<Device>,
    pub said: Vec<Said>,
    pub dwellings: Vec<Dwelling>,
    salt: u8,
}

impl Street {
    /// A street of `homes` households with one device each, in units `1-101`, `1-102`, ... of building 1, two a stair.
    pub fn of(homes: usize) -> Self {
        let mut street = Self { devices: Vec::new(), said: Vec::new(), dwellings: Vec::new(), salt: 0 };
        for at in 0..homes {
            let household = RecordId::from([0xa0 + u8::try_from(at).unwrap(); 32]);
            let unit = format!("1-{}", 101 + at);
            street.device(household, &unit, Role::Owner);
            street.dwellings.push(Dwelling {
                unit,
                building: "1".to_owned(),
                stair: (at / 2 + 1).to_string(),
                households: vec![Neighbour { household, label: format!("home {at}") }],
            });
        }
        street
    }

    /// A unit nobody joined from.
    pub fn empty_flat(&mut self, unit: &str, building: &str, stair: &str) {
        self.dwellings.push(Dwelling {
            unit: unit.to_owned(),
            building: building.to_owned(),
            stair: stair.to_owned(),
            households: Vec::new(),
        });
    }

    /// A further device of a household; its number.
    pub fn device(&mut self, household: RecordId, unit: &str, role: Role) -> usize {
        let at = self.devices.len();
        let key = SecretKey::from_bytes(&[u8::try_from(at).unwrap() + 1; 32]);
        let open = LogOpen::member(&key, Incarnation::from([1; 16]), None, "street");
        let community = CommunityId::from([9; 32]);
        let public = key.public();
        let writer = LogWriter::begin(community, key, &open, [0; 16], 0, 1_000).unwrap();
        let author = Author {
            log: writer.tip().log,
            device: Some(public),
            household: Some(household),
            units: vec![unit.to_owned()],
            label: format!("home of {unit}"),
            role: Some(role),
            office: false,
        };
        self.devices.push(Device { writer, author });
        at
    }

    pub fn household(&self, device: usize) -> RecordId {
        self.devices[device].author.household.unwrap()
    }

    /// Says something unsettled that stands.
    pub fn say<P: Payload>(&mut self, by: usize, draft: Draft, payload: &P) -> RecordId {
        self.say_body(by, draft, &payload.body().unwrap())
    }

    pub fn say_body(&mut self, by: usize, draft: Draft, body: &[u8]) -> RecordId {
        self.salt = self.salt.wrapping_add(1);
        let now = 1_000 + u64::from(self.salt);
        let record = self.devices[by].writer.append(draft, body, [self.salt; 16], now).unwrap();
        let id = record.id();
        self.said.push(Said { record, standing: Standing::unsettled(), by });
        id
    }

    /// Everything said so far and not settled is settled by a block of that height.
    pub fn settle(&mut self, height: u64) {
        for said in self.said.iter_mut().filter(|said| said.standing.height.is_none()) {
            said.standing.height = Some(height);
        }
    }

    pub fn quarantine(&mut self, id: RecordId, reason: Reason) {
        let said = self.said.iter_mut().find(|said| said.record.id() == id).unwrap();
        said.standing.verdict = Verdict::Quarantined(reason);
    }

    /// The bytes of one record are dropped.
    pub fn drop_payload(&mut self, id: RecordId) {
        let said = self.said.iter_mut().find(|said| said.record.id() == id).unwrap();
        said.record = said.record.clone().without_payload();
    }

    pub fn entries(&self) -> Vec<Entry<'_>> {
        self.said.iter().map(|said| self.entry(said)).collect()
    }

    pub fn entry<'a>(&'a self, said: &'a Said) -> Entry<'a> {
        Entry::plain(&said.record, said.standing, &self.devices[said.by].author)
    }

    /// The entries in the order in which `places` would have them arrive.
    pub fn arriving(&self, places: &[prop::sample::Index]) -> Vec<Entry<'_>> {
        let mut left = self.entries();
        let mut order = Vec::new();
        for place in places.iter().take(left.len() * 2) {
            if !left.is_empty() {
                order.push(left.swap_remove(place.index(left.len())));
            }
        }
        order.extend(left);
        order
    }

    pub fn context(&self) -> Context<'_> {
        Context { dwellings: &self.dwellings }
    }
}

use proptest::prelude::prop;

/// Places for [`Street::arriving`].
pub fn any_order() -> impl proptest::strategy::Strategy<Value = Vec<prop::sample::Index>> {
    proptest::collection::vec(proptest::prelude::any::<prop::sample::Index>(), 64)
}

/// A picture that is not looked at.
pub fn blob(byte: u8) -> BlobRef {
    BlobRef { hash: [byte; 32].into(), size: 1_000, flag: 0 }
}

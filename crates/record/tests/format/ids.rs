//! Names of things read back what they print.

use linli_record::{AudienceId, RecordId};
use proptest::prelude::*;

proptest! {
    #[test]
    fn an_id_reads_back_what_it_prints(bytes in any::<[u8; 32]>(), short in any::<[u8; 16]>()) {
        let (id, audience) = (RecordId::from(bytes), AudienceId::from(short));
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
        prop_assert_eq!(audience.to_string().parse(), Ok(audience));
        prop_assert_eq!(serde_json::from_str::<RecordId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
        prop_assert!(id.to_string().starts_with(&id.short()));
    }

    #[test]
    fn no_other_text_is_an_id(text in "\\PC{0,70}") {
        let read = text.parse::<RecordId>();
        let is_hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        prop_assert_eq!(read.is_ok(), is_hex);
    }
}

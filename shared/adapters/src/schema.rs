//! What the API's description says of the domain's values: a name, and the rule of the value's door. The domain
//! itself knows of no description, so these types stand for its types, and nothing is ever made of them.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// Names a kind of text, says what it is and which texts are of it.
macro_rules! text {
    ($(#[doc = $doc:literal])+ $name:ident, $rule:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let rule: fn(ObjectBuilder) -> ObjectBuilder = $rule;
                let text = ObjectBuilder::new().schema_type(Type::String);
                rule(text.description(Some(concat!($($doc),+).trim()))).into()
            }
        }

        impl ToSchema for $name {}
    };
}

text!(
    /// A link's id, made by Belvo: a UUID with hyphens.
    LinkId,
    |text| {
        text.format(Some(SchemaFormat::Custom("uuid".to_owned())))
            .pattern(Some("^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"))
            .examples(["0b6a1f3e-0000-4000-8000-00000000000a"])
    }
);
text!(
    /// Belvo's name of an institution.
    Institution,
    |text| text.pattern(Some("^[A-Za-z0-9_.-]{1,128}$")).examples(["erebor_mx_retail"])
);
text!(
    /// A link session's id.
    SessionId,
    |text| text.pattern(Some("^ls_[a-z]{28}$")).examples(["ls_abcdefghijklmnopqrstuvwxyzab"])
);
text!(
    /// Our opaque id of a user, given to Belvo with every link.
    ExternalId,
    |text| {
        text.pattern(Some("^[A-Za-z0-9_-]{3,256}$")).examples(["lk_aabcdefghijklmnopqrstuvwxyzab"])
    }
);
text!(
    /// Whose links: `me` for the user whom the token names, or an `external_id` for a caller with scope `links:admin`.
    User,
    |text| text.pattern(Some("^(me|[A-Za-z0-9_-]{3,256})$")).examples(["me"])
);
text!(
    /// The app's own key for a user: 1 to 256 bytes without control characters.
    Reference,
    |text| {
        let text = text.min_length(Some(1)).max_length(Some(256));
        text.pattern(Some("^[^\\u0000-\\u001f\\u007f-\\u009f]+$")).examples(["bruno"])
    }
);
text!(
    /// How often Belvo visits the institution for a link.
    AccessMode,
    |text| text.enum_values(Some(["single", "recurrent"]))
);
text!(
    /// Where a link stands with us. `quarantined` is a link that nothing proves to be anybody's.
    LinkState,
    |text| {
        let owned = ["pending", "active", "needs_update", "superseded", "deleting", "gone"];
        text.enum_values(Some(owned.into_iter().chain(["quarantined"])))
    }
);
text!(
    /// Which of the widget's callbacks it was.
    OutcomeKind,
    |text| text.enum_values(Some(["exit", "event"]))
);

#[cfg(test)]
mod tests {
    use domain::{external_id, link, session, values};
    use proptest::{prelude::*, string::string_regex};
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;

    fn described<T: PartialSchema>() -> Value {
        serde_json::to_value(T::schema()).expect("JSON")
    }

    /// A text that the description allows.
    fn any<T: PartialSchema>() -> impl Strategy<Value = Value> {
        let schema = described::<T>();
        let pattern = schema["pattern"].as_str().expect("a pattern");
        // the strategy knows no anchors; and bytes are counted, of which a character has up to four
        let pattern = pattern.trim_matches(['^', '$']).replace('+', "{1,64}");
        string_regex(&pattern).expect("a pattern").prop_map(|text| json!(text))
    }

    fn taken<T: DeserializeOwned>(text: &Value) -> bool {
        serde_json::from_value::<T>(text.clone()).is_ok()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_the_description_allows_goes_through_the_door(
            link in any::<LinkId>(), institution in any::<Institution>(), session in any::<SessionId>(),
            external_id in any::<ExternalId>(), reference in any::<Reference>(),
        ) {
            prop_assert!(taken::<values::LinkId>(&link), "{link}");
            prop_assert!(taken::<values::Institution>(&institution), "{institution}");
            prop_assert!(taken::<values::SessionId>(&session), "{session}");
            prop_assert!(taken::<external_id::ExternalId>(&external_id), "{external_id}");
            prop_assert!(taken::<values::Reference>(&reference), "{reference}");
        }
    }

    #[test]
    fn every_example_goes_through_the_door() {
        let example = |schema: Value| schema["examples"][0].clone();
        assert!(taken::<values::LinkId>(&example(described::<LinkId>())));
        assert!(taken::<values::Institution>(&example(described::<Institution>())));
        assert!(taken::<values::SessionId>(&example(described::<SessionId>())));
        assert!(taken::<external_id::ExternalId>(&example(described::<ExternalId>())));
        assert!(taken::<values::Reference>(&example(described::<Reference>())));
    }

    #[test]
    fn the_words_are_the_domains_own() {
        let words = |schema: Value| schema["enum"].as_array().expect("words").clone();
        let taken =
            |words: &[Value], takes: fn(&Value) -> bool| words.iter().filter(|word| takes(word)).count();
        assert_eq!(taken(&words(described::<AccessMode>()), taken_as::<link::AccessMode>), 2);
        assert_eq!(taken(&words(described::<OutcomeKind>()), taken_as::<session::OutcomeKind>), 2);
        assert_eq!(taken(&words(described::<LinkState>()), taken_as::<link::LinkState>), 6);
    }

    fn taken_as<T: DeserializeOwned>(text: &Value) -> bool {
        taken::<T>(text)
    }
}

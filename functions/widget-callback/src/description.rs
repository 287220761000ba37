//! How the API's description tells of this function.

use std::collections::BTreeMap;

use adapters::http::{Problem, refusals};
use utoipa::{
    IntoResponses, OpenApi, PartialSchema, ToSchema,
    openapi::{
        AllOfBuilder, ObjectBuilder, OneOfBuilder, OpenApi as Document, Ref, RefOr, Response, Schema,
        schema::Type,
    },
};

use crate::said::{Event, Exit, Said, Succeeded};

pub(crate) const SUCCESS: &str = include_str!("../../../events/widget-callback/success.json");
pub(crate) const EXIT: &str = include_str!("../../../events/widget-callback/exit.json");
pub(crate) const EVENT: &str = include_str!("../../../events/widget-callback/event.json");

#[derive(OpenApi)]
#[openapi(paths(crate::callback))]
struct Part;

/// The function's part of the description.
#[must_use]
pub fn openapi() -> Document {
    Part::openapi()
}

/// What a callback is refused for.
pub(crate) struct Refused;

impl IntoResponses for Refused {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let own = [Problem::NotFound, Problem::TooManyPending];
        refusals(Problem::of_every_route().into_iter().chain(Problem::of_a_body::<Said>()).chain(own))
    }
}

impl PartialSchema for Said {
    /// One of three, told apart by `type`. A success takes no further field, an exit and an event do.
    fn schema() -> RefOr<Schema> {
        let mut one_of = OneOfBuilder::new().item(success());
        for (word, fields) in [("exit", Exit::name()), ("event", Event::name())] {
            one_of = one_of.item(AllOfBuilder::new().item(Ref::from_schema_name(fields)).item(said(word)));
        }
        one_of.into()
    }
}

impl ToSchema for Said {
    fn name() -> std::borrow::Cow<'static, str> {
        "Callback".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Succeeded::schemas(schemas);
        Exit::schemas(schemas);
        Event::schemas(schemas);
        schemas.extend([
            (Exit::name().into_owned(), Exit::schema()),
            (Event::name().into_owned(), Event::schema()),
        ]);
    }
}

fn said(word: &str) -> ObjectBuilder {
    with_type(ObjectBuilder::new(), word)
}

/// The fields of a success with their `type`: no other is taken, so they cannot be put together from two objects.
fn success() -> RefOr<Schema> {
    let schema = Succeeded::schema();
    let RefOr::T(Schema::Object(fields)) = schema else { return schema };
    with_type(fields.into(), "success").into()
}

fn with_type(fields: ObjectBuilder, word: &str) -> ObjectBuilder {
    let one = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([word]));
    fields.property("type", one).required("type")
}

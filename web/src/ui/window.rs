//! Over how many days figures are told: a choice that lives in the address.

use leptos::prelude::*;

use crate::query::Parameter;
use crate::reactive::{derived, memo};
use crate::ui::field::Select;

/// The windows there are, in days.
const WINDOWS: [&str; 3] = ["7", "30", "90"];
/// The one that is shown unless another is asked for.
const USUAL: &str = "30";

/// Over how many days.
#[derive(Clone, Copy)]
pub(crate) struct Days {
    /// How many: one of those there are.
    pub(crate) value: Memo<&'static str>,
    asked: Parameter,
}

impl Days {
    /// What the address says.
    pub(crate) fn of_address() -> Self {
        let asked = Parameter::named("window");
        let value = memo(move || chosen(asked.value.get().as_deref()));
        Self { value, asked }
    }

    /// The choice.
    pub(crate) fn select(self) -> AnyView {
        let options = WINDOWS.map(|days| (days.to_owned(), format!("Last {days} days"))).to_vec();
        let value = derived(move || self.value.get().to_owned());
        view! {
            <Select
                label="Window of time"
                label_hidden=true
                value
                options=Signal::stored(options)
                on_choice=move |days: String| self.asked.set(Some(days))
            />
        }
        .into_any()
    }
}

fn chosen(asked: Option<&str>) -> &'static str {
    WINDOWS.into_iter().find(|days| Some(*days) == asked).unwrap_or(USUAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_there_is_not_is_thirty_days() {
        assert_eq!([None, Some("7"), Some("90"), Some("31")].map(chosen), ["30", "7", "90", "30"]);
    }
}

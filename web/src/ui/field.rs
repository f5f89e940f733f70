//! Fields of forms: a label, what to write, and what it is for.

use leptos::prelude::*;

use crate::reactive::{dynamic, text};
use crate::ui::unique_id;

/// Fields with a button that submits them, also by Enter.
#[component]
pub(crate) fn Form(
    /// What submitting does.
    #[prop(into)]
    on_submit: Callback<()>,
    /// A class for its layout.
    #[prop(default = "form")]
    class: &'static str,
    /// The fields and the button.
    children: Children,
) -> impl IntoView {
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        on_submit.run(());
    };
    // The button says why it refuses, in the panel's own words rather than the browser's.
    view! { <form class=class novalidate on:submit=submit>{children()}</form> }
}

/// A line of text.
#[component]
pub(crate) fn Field(
    /// What to write.
    #[prop(into)]
    label: String,
    /// What was written.
    value: RwSignal<String>,
    /// What it is for.
    #[prop(optional, into)]
    hint: Option<String>,
    /// An example.
    #[prop(optional, into)]
    placeholder: String,
    /// The kind of input, `text` unless given.
    #[prop(default = "text")]
    kind: &'static str,
    /// Whether nothing is no answer.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let id = unique_id("field");
    let hint_id = hint.is_some().then(|| format!("{id}-hint"));
    view! {
        <div class="field">
            <label for=id.clone()>{label}{(!required).then(|| view! { <span class="muted">" (optional)"</span> }.into_any())}</label>
            <input
                id=id
                type=kind
                placeholder=placeholder
                autocomplete="off"
                spellcheck="false"
                required=required
                aria-describedby=hint_id.clone()
                prop:value=text(move || value.get())
                on:input=move |event| value.set(event_target_value(&event))
            />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> }.into_any())}
        </div>
    }
}

/// A choice of one.
#[component]
pub(crate) fn Select(
    /// What to choose.
    #[prop(into)]
    label: String,
    /// What was chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the choice.
    #[prop(into)]
    on_choice: Callback<(String,)>,
    /// What there is to choose from: each value with its text.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// Whether the label is for screen readers only, because the place says it.
    #[prop(optional)]
    label_hidden: bool,
) -> impl IntoView {
    let id = unique_id("select");
    view! {
        <div class=if label_hidden { "field field-inline" } else { "field" }>
            <label for=id.clone() class=label_hidden.then_some("sr-only")>{label}</label>
            <select id=id on:change=move |event| on_choice.run((event_target_value(&event),))>
                {dynamic(move || choices(&value.get(), options.get()))}
            </select>
        </div>
    }
}

fn choices(chosen: &str, options: Vec<(String, String)>) -> AnyView {
    let option = |(value, text): (String, String)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{text}</option> }.into_any()
    };
    options.into_iter().map(option).collect::<Vec<_>>().into_any()
}

/// Options whose text is their value.
pub(crate) fn same(values: impl IntoIterator<Item = String>) -> Vec<(String, String)> {
    values.into_iter().map(|value| (value.clone(), value)).collect()
}

/// Options whose text is their value, after one that means all of them.
pub(crate) fn all_or(all: &str, values: impl IntoIterator<Item = String>) -> Vec<(String, String)> {
    let mut options = vec![(String::new(), all.to_owned())];
    options.extend(same(values));
    options
}

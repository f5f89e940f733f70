//! Whether an element has come into view: what is far down a long list asks for nothing until then.

use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};

/// A signal that becomes true, once and for all, when the element comes into view.
pub(crate) fn once_seen<E>(element: NodeRef<E>) -> ReadSignal<bool>
where
    E: ElementType,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let (seen, set_seen) = signal(false);
    element.on_load(move |element| {
        let look = Closure::<dyn FnMut(js_sys::Array, IntersectionObserver)>::new(
            move |entries: js_sys::Array, observer: IntersectionObserver| {
                let mut entries = entries.iter().map(JsCast::unchecked_into::<IntersectionObserverEntry>);
                if entries.any(|entry| entry.is_intersecting()) {
                    observer.disconnect();
                    set_seen.try_set(true);
                }
            },
        );
        match IntersectionObserver::new(look.as_ref().unchecked_ref()) {
            Ok(observer) => observer.observe(element.as_ref()),
            // A browser without observers sees everything at once.
            Err(_) => set_seen.set(true),
        }
        // The browser keeps it for as long as it observes.
        look.forget();
    });
    seen
}

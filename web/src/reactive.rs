//! The reactive parts of pages behind one type each: a closure is boxed where it is made, so that what runs it is
//! compiled, and downloaded, once instead of once for every closure.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use leptos::prelude::*;

use crate::client::Shared;

/// A value that changes, of whatever type: a handle, cheap to copy.
pub(crate) struct Data<T> {
    value: Signal<Option<Shared>>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Data<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Data<T> {}

impl<T: Any + Send + Sync> Data<T> {
    /// The value of a signal, which must hold a `T` whenever this is read.
    pub(crate) fn of(value: Signal<Option<Shared>>) -> Self {
        Self { value, of: PhantomData }
    }

    /// A value that never changes.
    pub(crate) fn fixed(value: T) -> Self {
        Self::of(Signal::stored(Some(Arc::new(value) as Shared)))
    }

    /// A value made of others; who reads it is told only when it differs.
    pub(crate) fn memo(make: impl Fn() -> T + Send + Sync + 'static) -> Self
    where
        T: PartialEq,
    {
        Self::newest(move || Some(make()))
    }

    /// The newest value that there was: what is gone stays as it was for as long as somebody reads it.
    pub(crate) fn newest(make: impl Fn() -> Option<T> + Send + Sync + 'static) -> Self
    where
        T: PartialEq,
    {
        Self::of(shared_memo(Box::new(move || Some(Arc::new(make()?))), differs::<T>))
    }

    /// Looks at the value, and again when it changes.
    pub(crate) fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(known(self.value.get().as_ref()))
    }

    /// Looks at the value once.
    pub(crate) fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(known(self.value.get_untracked().as_ref()))
    }

    /// The value.
    pub(crate) fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }
}

type Make = Box<dyn Fn() -> Option<Shared> + Send + Sync>;
type Differs = fn(Option<&Option<Shared>>, Option<&Option<Shared>>) -> bool;

fn shared_memo(make: Make, differs: Differs) -> Signal<Option<Shared>> {
    Memo::new_with_compare(
        move |before: Option<&Option<Shared>>| make().or_else(|| before.cloned().flatten()),
        differs,
    )
    .into()
}

fn differs<T: Any + PartialEq>(before: Option<&Option<Shared>>, now: Option<&Option<Shared>>) -> bool {
    let value = |shared: Option<&Option<Shared>>| -> Option<Shared> { shared?.clone() };
    match (value(before), value(now)) {
        (Some(before), Some(now)) => before.downcast_ref::<T>() != now.downcast_ref::<T>(),
        _ => true,
    }
}

fn known<T: Any>(value: Option<&Shared>) -> &T {
    value.and_then(|value| value.downcast_ref()).expect("data is of its type once it is here")
}

/// A value made of others, whose readers are told only when it differs.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(
    make: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    let make: Box<dyn Fn() -> T + Send + Sync> = Box::new(make);
    Memo::new(move |_| make())
}

/// A value made of others, whose readers are told whenever one of those changes.
pub(crate) fn derived<T: Send + Sync + 'static>(make: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    let make: Box<dyn Fn() -> T + Send + Sync> = Box::new(make);
    Signal::derive(make)
}

/// Something to do now and whenever what it reads changes.
pub(crate) fn effect(act: impl FnMut() + 'static) {
    let act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(act);
}

/// A part of a page that is made again when what it reads changes.
pub(crate) fn dynamic(view: impl FnMut() -> AnyView + Send + 'static) -> AnyView {
    let view: Box<dyn FnMut() -> AnyView + Send> = Box::new(view);
    view.into_any()
}

/// A text, or a value of an attribute, that is made again when what it reads changes.
pub(crate) fn text(text: impl FnMut() -> String + Send + 'static) -> Box<dyn FnMut() -> String + Send> {
    Box::new(text)
}

/// A value of an attribute that is there only sometimes.
pub(crate) fn maybe(
    text: impl FnMut() -> Option<&'static str> + Send + 'static,
) -> Box<dyn FnMut() -> Option<&'static str> + Send> {
    Box::new(text)
}

/// A part of a page that is there while something holds.
pub(crate) fn when(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    let holds = memo(holds);
    dynamic(move || if holds.get() { view() } else { ().into_any() })
}

/// A part of a page that is one of two.
pub(crate) fn either(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
    otherwise: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    let holds = memo(holds);
    dynamic(move || if holds.get() { view() } else { otherwise() })
}

/// One row of a list: what tells it from others, and how it is made.
pub(crate) struct Row {
    key: String,
    make: Box<dyn FnOnce() -> AnyView + Send>,
}

/// A row, made when its key is new to the list.
pub(crate) fn row(key: impl ToString, make: impl FnOnce() -> AnyView + Send + 'static) -> Row {
    Row { key: key.to_string(), make: Box::new(make) }
}

/// The rows of a list: a row whose key stays, stays as it is.
pub(crate) fn each(rows: impl Fn() -> Vec<Row> + Send + Sync + 'static) -> AnyView {
    let rows: Box<dyn Fn() -> Vec<Row> + Send + Sync> = Box::new(rows);
    view! { <For each=move || rows() key=|row| row.key.clone() children=|row: Row| (row.make)() /> }
        .into_any()
}

//! All services, a page at a time, or those that somebody looks for.

use api::Page;
use api::overview::ServiceRow;
use domain::ServiceName;
use domain::access::Permission;
use domain::service::Service;
use domain::standing::Standing;
use edge::{ApiError, Caller};
use store::{Cursor, LONGEST_PAGE, PageRequest, Store, StoreError, Versioned};

use crate::App;
use crate::standings::rows_of;

/// How many services one search looks through; the next page goes on from there.
const LOOKED_THROUGH: usize = 1_000;

/// A page of the services that the caller may see, by name; with words, of those that have each of them in their name,
/// team or repository.
///
/// What the caller may not see is left out, so a page may be short before the list ends.
pub(crate) async fn page(
    app: &App,
    caller: &Caller,
    page: &PageRequest,
    words: &str,
) -> Result<Page<ServiceRow>, ApiError> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let store = &app.core.store;
    let (found, next) = if words.is_empty() {
        let found = store.services_page(page).await?;
        (found.items, found.next)
    } else {
        let fits =
            |service: &Service| caller.may(Permission::Read, &service.place(None)) && has(service, &words);
        search(store, page, fits).await?
    };
    let names: Vec<ServiceName> = found.iter().map(|found| found.value.name().clone()).collect();
    let standings = store.standings(&names).await?;
    let standings: Vec<Standing> = standings.into_iter().map(|found| found.value).collect();
    let items = rows_of(app, caller, &found, &standings).await?;
    Ok(Page { items, next: next.map(|cursor| cursor.to_string()) })
}

async fn search(
    store: &Store,
    asked: &PageRequest,
    fits: impl Fn(&Service) -> bool,
) -> Result<(Vec<Versioned<Service>>, Option<Cursor>), StoreError> {
    let mut found: Vec<Versioned<Service>> = Vec::new();
    let mut request = PageRequest { limit: LONGEST_PAGE, after: asked.after.clone() };
    for _ in 0..LOOKED_THROUGH / LONGEST_PAGE {
        let page = store.services_page(&request).await?;
        found.extend(page.items.into_iter().filter(|service| fits(&service.value)));
        if found.len() > asked.limit {
            found.truncate(asked.limit);
            let next = found.last().map(|last| Store::after_service(last.value.name()));
            return Ok((found, next));
        }
        request.after = page.next;
        if request.after.is_none() {
            break;
        }
    }
    Ok((found, request.after))
}

fn has(service: &Service, words: &[String]) -> bool {
    let section = &service.manifest.service;
    let text = format!("{} {} {}", section.name, section.team, section.repository).to_lowercase();
    words.iter().all(|word| text.contains(word))
}

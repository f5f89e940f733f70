//! Every address within the panel. Links are made here and nowhere else.

use api::endpoint::percent_encode;
use domain::dora::Metric;
use domain::sign_in::is_within_panel;
use domain::{EnvironmentName, PromotionId, ServiceName, TrainId};

/// The first screen.
pub(crate) const OVERVIEW: &str = "/";
/// All services.
pub(crate) const SERVICES: &str = "/services";
/// Services that promote together.
pub(crate) const TRAINS: &str = "/trains";
/// The figures of delivery of all services.
pub(crate) const DELIVERY: &str = "/delivery";
/// What happened, and who did it.
pub(crate) const AUDIT: &str = "/audit";
/// Connections, tokens, people, dead letters.
pub(crate) const SETTINGS: &str = "/settings";
/// Where a one-time link leads.
pub(crate) const SIGN_IN: &str = "/sign-in";

/// Every component in each of its states.
pub(crate) const COMPONENTS: &str = "/components";

/// Which page an address is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Page {
    /// The first screen.
    Overview,
    /// All services.
    Services,
    /// A service.
    Service(ServiceName),
    /// A promotion.
    Promotion(PromotionId),
    /// Services that promote together.
    Trains,
    /// A train.
    Train(TrainId),
    /// The figures of delivery of all services.
    Delivery,
    /// What happened, and who did it.
    Audit,
    /// Connections, tokens, people, dead letters.
    Settings,
    /// Where a one-time link leads.
    SignIn,
    /// Every component in each of its states.
    Components,
    /// There is no such page.
    Nowhere,
}

impl Page {
    /// The page at a path, without its query.
    pub(crate) fn at(path: &str) -> Self {
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        match path {
            OVERVIEW => return Self::Overview,
            SERVICES => return Self::Services,
            TRAINS => return Self::Trains,
            DELIVERY => return Self::Delivery,
            AUDIT => return Self::Audit,
            SETTINGS => return Self::Settings,
            SIGN_IN => return Self::SignIn,
            COMPONENTS => return Self::Components,
            _ => {}
        }
        let one = match path.trim_start_matches('/').split_once('/') {
            Some(("services", name)) => name.parse().ok().map(Self::Service),
            Some(("promotions", id)) => id.parse().ok().map(Self::Promotion),
            Some(("trains", id)) => id.parse().ok().map(Self::Train),
            _ => None,
        };
        one.unwrap_or(Self::Nowhere)
    }
}

/// A service.
pub(crate) fn service(service: &ServiceName) -> String {
    format!("/services/{service}")
}

/// One tab of a service.
pub(crate) fn service_tab(service: &ServiceName, tab: &str) -> String {
    format!("/services/{service}?tab={tab}")
}

/// The figures of a service's deliveries over so many days, with the rows of one of them, if that is named.
pub(crate) fn delivery(service: &ServiceName, days: &str, metric: Option<Metric>) -> String {
    let rows = metric.map(|metric| format!("&figure={}", metric.name())).unwrap_or_default();
    format!("/services/{service}?tab=delivery&window={days}{rows}")
}

/// What an environment of a service wrote.
pub(crate) fn logs(service: &ServiceName, environment: &EnvironmentName) -> String {
    format!("/services/{service}?tab=logs&env={environment}")
}

/// A promotion.
pub(crate) fn promotion(id: &PromotionId) -> String {
    format!("/promotions/{id}")
}

/// A train.
pub(crate) fn train(id: &TrainId) -> String {
    format!("{TRAINS}/{id}")
}

/// One tab of the settings.
pub(crate) fn settings(tab: &str) -> String {
    format!("{SETTINGS}?tab={tab}")
}

/// A path with its query, whether or not that begins with a question mark.
pub(crate) fn with_query(path: &str, search: &str) -> String {
    match search.trim_start_matches('?') {
        "" => path.to_owned(),
        search => format!("{path}?{search}"),
    }
}

/// The sign-in page, from which one returns to `next`.
pub(crate) fn sign_in_from(next: &str) -> String {
    if next == OVERVIEW || next.starts_with(SIGN_IN) {
        return SIGN_IN.to_owned();
    }
    format!("{SIGN_IN}?next={}", percent_encode(next))
}

/// Where to go after signing in: `next`, if it is an address within the panel, else the first screen.
pub(crate) fn after_sign_in(next: Option<&str>) -> String {
    next.filter(|path| is_within_panel(path)).unwrap_or(OVERVIEW).to_owned()
}

/// Where signing in at the identity provider begins, and goes on to `next` afterwards.
pub(crate) fn provider_sign_in(next: Option<&str>) -> String {
    let begin = api::routes::BEGIN_OIDC.path(&[]);
    match after_sign_in(next).as_str() {
        OVERVIEW => begin,
        next => format!("{begin}?next={}", percent_encode(next)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path() {
        let name: ServiceName = "storefront".parse().unwrap();
        let environment: EnvironmentName = "production".parse().unwrap();
        let id: PromotionId = "prm_0190163d8694739b81d8ed6b0cc6de50".parse().unwrap();
        let train_id: TrainId = "trn_0190163d8694739b81d8ed6b0cc6de50".parse().unwrap();
        let paths = [
            service(&name),
            service_tab(&name, "runs"),
            delivery(&name, "7", None),
            delivery(&name, "30", Some(Metric::LeadTime)),
            logs(&name, &environment),
            promotion(&id),
            train(&train_id),
            settings("tokens"),
            sign_in_from("/"),
            sign_in_from("/services/storefront?tab=logs"),
        ];
        insta::assert_snapshot!(paths.join("\n"), @r"
        /services/storefront
        /services/storefront?tab=runs
        /services/storefront?tab=delivery&window=7
        /services/storefront?tab=delivery&window=30&figure=lead_time
        /services/storefront?tab=logs&env=production
        /promotions/prm_0190163d8694739b81d8ed6b0cc6de50
        /trains/trn_0190163d8694739b81d8ed6b0cc6de50
        /settings?tab=tokens
        /sign-in
        /sign-in?next=%2Fservices%2Fstorefront%3Ftab%3Dlogs
        ");
    }

    #[test]
    fn every_path_leads_to_its_page_and_every_other_nowhere() {
        let name: ServiceName = "storefront".parse().unwrap();
        let id: PromotionId = "prm_0190163d8694739b81d8ed6b0cc6de50".parse().unwrap();
        assert_eq!(Page::at(&service(&name)), Page::Service(name));
        assert_eq!(Page::at(&promotion(&id)), Page::Promotion(id));
        let train_id: TrainId = "trn_0190163d8694739b81d8ed6b0cc6de50".parse().unwrap();
        assert_eq!(Page::at(&train(&train_id)), Page::Train(train_id));
        assert_eq!(Page::at(TRAINS), Page::Trains);
        assert_eq!(Page::at("/audit/"), Page::Audit);
        assert_eq!(Page::at(DELIVERY), Page::Delivery);
        assert_eq!(Page::at(OVERVIEW), Page::Overview);
        for nowhere in [
            "/nowhere",
            "/services/Not a name",
            "/services/a/b",
            "/promotions/7",
            "/trains/7",
            "/audit/x",
            "",
        ] {
            assert_eq!(Page::at(nowhere), Page::Nowhere, "{nowhere}");
        }
    }

    #[test]
    fn a_query_follows_a_question_mark() {
        assert_eq!(with_query("/audit", ""), "/audit");
        assert_eq!(with_query("/a", "tab=b"), with_query("/a", "?tab=b"));
    }

    #[test]
    fn signing_in_never_leads_to_another_site() {
        for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
        {
            assert_eq!(after_sign_in(Some(elsewhere)), OVERVIEW);
        }
        assert_eq!(after_sign_in(Some("/audit")), "/audit");
        assert_eq!(
            provider_sign_in(Some("/audit?kind=signed_in")),
            "/auth/oidc?next=%2Faudit%3Fkind%3Dsigned_in"
        );
        assert_eq!(provider_sign_in(Some("//evil.example")), "/auth/oidc");
        assert_eq!(after_sign_in(None), OVERVIEW);
    }
}

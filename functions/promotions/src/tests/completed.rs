//! A push that was cut, and is read as a whole later.

use api::promotion::ApprovePromotion;
use api::{ProblemKind, routes};
use domain::Period;
use domain::change::Author;
use domain::event::EventBody;
use domain::manifest::RepositoryRef;
use store::{PageRequest, RecordedPush};
use testkit::sha;

use super::story::Story;

impl Story {
    /// It becomes known that Ada wrote a part of the newest push.
    async fn ada_is_an_author_too(&self) {
        let repository: RepositoryRef = "github:acme/shop".parse().unwrap();
        let branch = "main".to_owned();
        let store = &self.world.core.store;
        let pushes = store.pushes(&repository, &branch, &PageRequest::first(1)).await.unwrap();
        let mut push = pushes.items[0].clone();
        let mut left_out = push.commits[0].clone();
        left_out.sha = sha(999);
        left_out.authors =
            vec![Author { name: "Ada".to_owned(), email: None, login: Some("ada".to_owned()) }];
        push.commits.insert(0, left_out);
        let body = EventBody::PushCompleted {
            repository: repository.clone(),
            branch: branch.clone(),
            after: push.after.clone(),
            commits: push.commits.len(),
        };
        let mut transaction = store.transaction(self.world.core.now());
        transaction.overwrite(&RecordedPush { repository, branch, push });
        transaction.event(&self.event(body));
        transaction.commit().await.unwrap();
    }
}

#[tokio::test]
async fn whoever_turns_out_to_be_an_author_may_not_approve() {
    let mut story = Story::new().await;
    story.change(1).await;
    story.settle().await;
    story.pass(Period::seconds(601)).await;
    let waiting = story.lane("production").await.waiting.remove(0);
    story.ada_is_an_author_too().await;
    story.settle().await;
    let id = waiting.id.to_string();
    let body = ApprovePromotion { diff: waiting.diff };
    let call = story.ada.call(&routes::APPROVE_PROMOTION, &[id.as_str()]).json(&body);
    let problem = call.await.problem(ProblemKind::Forbidden);
    assert!(problem.detail.contains("your own work ships"), "{}", problem.detail);
}

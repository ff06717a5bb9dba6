//! Clients that hold on while the program is told to end.

use std::time::Instant;

use super::{PATIENCE, answer, get, restaurant, say, start};

#[tokio::test]
async fn connections_without_a_request_do_not_hold_the_end_up() {
    let api = start(
        &restaurant("farewell").await,
        &[("SERVER__SHUTDOWN_TIMEOUT", "5m"), ("SERVER__CLIENT_TIMEOUT", "5m")],
    );
    let silent = say(&api, "").await;
    let half = say(&api, "GET / HTTP/1.1\r\nHost: api\r\n").await;
    let mut asked = say(&api, get("/health/live")).await;
    answer(&mut asked).await;
    let began = Instant::now();
    let status = tokio::task::spawn_blocking(|| api.terminate().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    drop((silent, half, asked));
}

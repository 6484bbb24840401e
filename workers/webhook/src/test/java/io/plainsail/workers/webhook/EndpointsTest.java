package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobSnoozedException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** With the defaults: a rest of 30 s after five failures, an hour after a 410, twenty at a host. */
class EndpointsTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    private final MovingClock clock = MovingClock.at(NOW);
    private final Endpoints endpoints = new Endpoints(Deliveries.OPEN, clock);

    private static TargetUrl url(String path) {
        try {
            return TargetUrl.parse("https://example.com" + path);
        } catch (JobFailedException e) {
            throw new AssertionError(e);
        }
    }

    private void fail(TargetUrl target, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            try (Endpoints.Turn turn = endpoints.enter(target)) {
                turn.failed();
            }
        }
    }

    private void answer(TargetUrl target, int status) throws Exception {
        try (Endpoints.Turn turn = endpoints.enter(target)) {
            turn.answered(status);
        }
    }

    private JobFailedException refusal(TargetUrl target) {
        return catchThrowableOfType(JobFailedException.class, () -> endpoints.enter(target));
    }

    @Test
    void aUrlThatFailsAgainAndAgainRestsAndOthersOfItsHostDoNot() throws Exception {
        fail(url("/dead"), 4);
        assertThat(refusal(url("/dead"))).isNull();
        endpoints.enter(url("/dead")).close();
        fail(url("/dead"), 1);
        JobFailedException resting = refusal(url("/dead"));
        assertThat(resting.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
        assertThat(resting.code()).isEqualTo("resting");
        assertThat(resting.notBefore()).contains(NOW.plusSeconds(30));
        assertThat(resting).hasMessageContaining("example.com").hasMessageNotContaining("/dead");
        answer(url("/well"), 200);
    }

    @Test
    void statusesFrom500OnCountAndAnyOtherAnswerEndsTheRow() throws Exception {
        for (int i = 0; i < 4; i++) {
            answer(url("/"), 503);
        }
        answer(url("/"), 404);
        for (int i = 0; i < 5; i++) {
            answer(url("/"), 500);
        }
        assertThat(refusal(url("/")).code()).isEqualTo("resting");
    }

    @Test
    void afterTheRestOneDeliveryTriesAndItsAnswerEndsIt() throws Exception {
        fail(url("/"), 5);
        clock.advance(Duration.ofSeconds(30));
        try (Endpoints.Turn trial = endpoints.enter(url("/"))) {
            assertThat(refusal(url("/")).notBefore()).contains(clock.instant().plusSeconds(1));
            trial.answered(200);
        }
        fail(url("/"), 4);
        answer(url("/"), 200);
    }

    @Test
    void eachTrialThatFailsDoublesTheRestUpToABound() throws Exception {
        fail(url("/"), 5);
        Duration rest = Duration.ofSeconds(30);
        for (int i = 0; i < 6; i++) {
            clock.advance(rest);
            fail(url("/"), 1);
            rest = rest.multipliedBy(2).compareTo(Duration.ofMinutes(8)) < 0
                    ? rest.multipliedBy(2)
                    : Duration.ofMinutes(8);
            assertThat(refusal(url("/")).notBefore()).contains(clock.instant().plus(rest));
        }
    }

    @Test
    void aTrialThatEndsWithoutAnAnswerLetsTheNextOneTry() throws Exception {
        fail(url("/"), 5);
        clock.advance(Duration.ofSeconds(30));
        endpoints.enter(url("/")).close();
        answer(url("/"), 200);
        assertThat(refusal(url("/"))).isNull();
    }

    @Test
    void failuresThatWereUnderWayWhenTheRestBeganDoNotProlongIt() throws Exception {
        Endpoints.Turn late = endpoints.enter(url("/"));
        fail(url("/"), 5);
        clock.advance(Duration.ofSeconds(10));
        late.failed();
        late.close();
        assertThat(refusal(url("/")).notBefore()).contains(NOW.plusSeconds(30));
    }

    @Test
    void aUrlThatIsGoneGetsNothingForAnHour() throws Exception {
        answer(url("/gone"), 410);
        JobFailedException gone = refusal(url("/gone"));
        assertThat(gone.category()).isEqualTo(ErrorCategory.REJECTED);
        assertThat(gone.code()).isEqualTo("gone");
        answer(url("/other"), 200);
        clock.advance(Duration.ofHours(1));
        answer(url("/gone"), 200);
        assertThat(refusal(url("/gone"))).isNull();
    }

    @Test
    void aHostHasSoManyUnderWayAndFurtherOnesArePutOff() throws Exception {
        Endpoints.Turn first = endpoints.enter(url("/0"));
        for (int i = 1; i < 20; i++) {
            endpoints.enter(url("/" + i));
        }
        JobSnoozedException later =
                catchThrowableOfType(JobSnoozedException.class, () -> endpoints.enter(url("/more")));
        assertThat(later.until()).isBetween(NOW.plusSeconds(1), NOW.plusSeconds(3));
        endpoints.enter(TargetUrl.parse("https://example.com:8443/")).close();
        first.close();
        endpoints.enter(url("/more")).close();
    }

    @Test
    void onlySoManyUrlsAreRemembered() throws Exception {
        for (int i = 0; i <= Endpoints.REMEMBERED; i++) {
            answer(url("/" + i), 410);
        }
        assertThat(refusal(url("/0"))).isNull();
        assertThat(refusal(url("/1"))).isNotNull();
    }
}

package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.EffectClass;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.AttemptGuard.Drop;
import io.plainsail.worker.service.AttemptGuard.Go;
import io.plainsail.worker.service.AttemptGuard.Later;
import io.plainsail.worker.service.AttemptGuard.Permit;
import io.plainsail.worker.service.AttemptGuard.Refuse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClaimingGuardTest {
    private static final Worker WORKER = new Worker("test", "test-1", "host", "1.0");

    private final MovingClock clock = MovingClock.at(Jobs.NOW);
    private final FakeFacadeAccess facade = new FakeFacadeAccess();
    private final StandStill standStill = new StandStill(Jobs.time(clock));
    private final ClaimingGuard guard = new ClaimingGuard(facade, WORKER, Jobs.time(clock), standStill);

    private static Contract contract(EffectClass effectClass) {
        ObjectNode document = ContractFormat.write(Jobs.contract());
        document.put("effectClass", effectClass.name().toLowerCase(Locale.ROOT));
        return ContractFormat.read(document);
    }

    private Permit ask(EffectClass effectClass, JobMessage job, boolean redelivered) {
        FakeDelivery delivery = new FakeDelivery(JobMessageCodec.encode(job), redelivered);
        return ask(effectClass, job, delivery);
    }

    private Permit ask(EffectClass effectClass, JobMessage job, FakeDelivery delivery) {
        HandledType type = Jobs.type(contract(effectClass), context -> Outcome.done());
        return guard.ask(new ReadyQueue.Work(type, delivery, Jobs.time(clock).moment()), job);
    }

    private Permit ask(JobMessage job, boolean redelivered) {
        return ask(EffectClass.PURE, job, redelivered);
    }

    private static JobMessage limited(TimeLimits limits) {
        return Jobs.job("{}").toBuilder().limits(limits).build();
    }

    @Test
    void theFirstCleanDeliveryRunsWithoutAQuestion() {
        JobMessage job = limited(new TimeLimits(Jobs.NOW.plusSeconds(1), Jobs.NOW.plusSeconds(2)));
        for (EffectClass effectClass : Set.of(EffectClass.PURE, EffectClass.IDEMPOTENT)) {
            Go go = (Go) ask(effectClass, job, false);
            go.done().run();
        }
        assertThat(facade.claims()).isEmpty();
    }

    @Test
    void whatMayNotBeTheOnlyOneIsClaimed() {
        facade.claimAnswer = ClaimAnswer.run(7, 0);
        JobMessage job = Jobs.job("{}");
        assertThat(((Go) ask(job, true)).job().attempt()).isEqualTo(7);
        assertThat(((Go) ask(job.maybeSentBefore(), false)).job().attempt()).isEqualTo(7);
        assertThat(facade.claims()).allMatch(claim -> claim.maybeRunning());

        assertThat(((Go) ask(job.next(Jobs.NOW, true), false)).job().attempt()).isEqualTo(7);
        assertThat(((Go) ask(EffectClass.IRREVERSIBLE, job, false)).job().attempt())
                .isEqualTo(7);
        assertThat(facade.claims().subList(2, 4)).noneMatch(claim -> claim.maybeRunning());
        assertThat(facade.claims()).allMatch(claim -> claim.worker().equals(WORKER));
    }

    @Test
    void messagesOfATypeThatHasUnwantedOnesAreClaimedEach() {
        JobMessage job = Jobs.job("{}");
        guard.claimEach(Set.of(job.jobType().key()));
        facade.claimAnswer = ClaimAnswer.drop("the job is cancelled");
        assertThat(ask(job, false)).isEqualTo(new Drop("the job is cancelled"));
        guard.claimEach(Set.of("test.other.v1"));
        assertThat(ask(job, false)).isInstanceOf(Go.class);
    }

    @Test
    void whatRunsElsewhereComesAgainMarked() {
        facade.claimAnswer = ClaimAnswer.waitFor(3, "it runs on test-2");
        JobMessage job = Jobs.job("{}");
        Later later = (Later) ask(job, true);
        assertThat(later.again().attempt()).isEqualTo(1);
        assertThat(later.again().notBefore()).isEqualTo(Jobs.NOW.plusSeconds(3));
        assertThat(later.again().maybeDuplicate()).isTrue();
        Later clean = (Later) ask(job.next(Jobs.NOW, true), false);
        assertThat(clean.again().maybeDuplicate())
                .as("a clean message stays one")
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource(EffectClass.class)
    void withoutTheFacadeOnlyIrreversibleEffectsWait(EffectClass effectClass) {
        Permit permit = ask(effectClass, Jobs.job("{}"), true);
        if (effectClass == EffectClass.IRREVERSIBLE) {
            assertThat(((Later) permit).again().notBefore()).isAfter(Jobs.NOW);
        } else {
            assertThat(((Go) permit).job().attempt()).isEqualTo(1);
        }
    }

    @Test
    void withoutTheFacadeNoProcessBeginsAnAttemptThatItIsAt() {
        JobMessage job = Jobs.job("{}");
        Go first = (Go) ask(job, false);
        Later copy = (Later) ask(job, true);
        assertThat(copy.again().maybeDuplicate()).isTrue();
        assertThat(copy.again().notBefore()).isAfter(Jobs.NOW);
        first.done().run();
        Go second = (Go) ask(job, true);
        assertThat(ask(job.maybeSentBefore(), false)).isInstanceOf(Later.class);
        assertThat(ask(job.next(Jobs.NOW, true), false)).as("another attempt").isInstanceOf(Go.class);
        second.done().run();
        pass(Duration.ofSeconds(5));
        facade.claimAnswer = ClaimAnswer.run(2, 0);
        Go granted = (Go) ask(job, true);
        facade.claimAnswer = null;
        assertThat(ask(granted.job(), true)).as("granted, and begun here").isInstanceOf(Later.class);
        granted.done().run();
        assertThat(ask(granted.job(), true)).isInstanceOf(Go.class);
    }

    @Test
    void whatIsLateDoesNotBeginWithoutTheFacade() {
        JobMessage startBy = limited(new TimeLimits(Jobs.NOW.plusSeconds(5), null));
        JobMessage endBy = limited(new TimeLimits(null, Jobs.NOW.plusSeconds(5)));
        clock.advance(Duration.ofSeconds(5));
        assertThat(ask(startBy, false)).isInstanceOf(Later.class);
        assertThat(ask(endBy, false)).isInstanceOf(Later.class);
        assertThat(ask(startBy.next(clock.instant(), true), false))
                .as("a first attempt has begun in time")
                .isInstanceOf(Go.class);
        assertThat(ask(endBy.next(clock.instant(), true), false)).isInstanceOf(Later.class);
    }

    @Test
    void suspectsRunOneAtATime() {
        facade.claimAnswer = ClaimAnswer.waitAsSuspect(ClaimAnswer.SUSPECT, 3);
        facade.suspectAnswer = ClaimAnswer.run(4, ClaimAnswer.SUSPECT);
        Go first = (Go) ask(Jobs.job("{}"), true);
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Later.class);
        first.done().run();
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Go.class);
        assertThat(facade.claims())
                .extracting(claim -> claim.suspectsWelcome())
                .containsExactly(false, true, false, false, true);
    }

    @Test
    void aSuspectThatDoesNotRunAfterAllLeavesItsPlace() {
        facade.claimAnswer = ClaimAnswer.waitAsSuspect(ClaimAnswer.SUSPECT, 3);
        for (ClaimAnswer answer : List.of(ClaimAnswer.drop("cancelled"), ClaimAnswer.waitFor(3, "it runs elsewhere"))) {
            facade.suspectAnswer = answer;
            assertThat(ask(Jobs.job("{}"), true)).isNotInstanceOf(Go.class);
        }
        facade.suspectAnswer = ClaimAnswer.run(4, ClaimAnswer.SUSPECT);
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Go.class);
    }

    @ParameterizedTest
    @EnumSource(EffectClass.class)
    void anAttemptWhoseClaimMayBeGrantedWaitsForTheAnswer(EffectClass effectClass) {
        facade.unanswered = new FacadeAccess.Unheard();
        JobMessage job = Jobs.job("{}");
        JobMessage again = ((Later) ask(effectClass, job, true)).again();
        assertThat(again.unheardClaims()).containsExactly(facade.claims().get(0).id());
        facade.unanswered = new FacadeAccess.NotReached();
        pass(Duration.ofSeconds(10));
        again = ((Later) ask(effectClass, again, false)).again();
        assertThat(again.unheardClaims()).as("not forgotten").hasSize(1);
        facade.claimAnswer = ClaimAnswer.run(2, 0);
        pass(Duration.ofSeconds(10));
        Go go = (Go) ask(effectClass, again, false);
        assertThat(go.job().attempt()).isEqualTo(2);
        assertThat(facade.claims()).hasSize(3);
        assertThat(facade.claims().get(2).unheard())
                .containsExactly(facade.claims().get(0).id());
        assertThat(facade.claims()).extracting(claim -> claim.id()).doesNotHaveDuplicates();
        assertThat(go.job().next(Jobs.NOW, true).unheardClaims())
                .as("another attempt")
                .isEmpty();
    }

    @Test
    void onlyTheNewestUnheardClaimsAreKept() {
        facade.unanswered = new FacadeAccess.Unheard();
        JobMessage job = Jobs.job("{}").maybeSentBefore();
        for (int i = 0; i < 10; i++) {
            job = ((Later) ask(job, false)).again();
            clock.advance(Duration.ofSeconds(10));
        }
        assertThat(job.unheardClaims())
                .containsExactlyElementsOf(facade.claims().stream()
                        .map(claim -> claim.id())
                        .skip(2)
                        .toList());
    }

    @Test
    void whileTheFacadeHangsOnlyOneAsksNowAndThen() {
        facade.unanswered = new FacadeAccess.Unheard();
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Later.class);
        for (int i = 0; i < 100; i++) {
            assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Go.class);
            assertThat(ask(EffectClass.IRREVERSIBLE, Jobs.job("{}"), true)).isInstanceOf(Later.class);
        }
        assertThat(facade.claims()).hasSize(1);
        pass(Duration.ofSeconds(5));
        facade.whenClaimed = () -> assertThat(guard.mayAsk()).as("another lane").isFalse();
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Later.class);
        assertThat(facade.claims()).hasSize(2);
        pass(Duration.ofSeconds(5));
        facade.whenClaimed = () -> {};
        facade.claimAnswer = ClaimAnswer.run(1, 0);
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Go.class);
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Go.class);
        assertThat(facade.claims()).as("it answers again").hasSize(4);
    }

    @Test
    void whatIsRefusedIsParked() {
        facade.unanswered = new FacadeAccess.Refused("the facade answered 403");
        assertThat(ask(Jobs.job("{}"), true)).isEqualTo(new Refuse("the facade answered 403"));
    }

    @Test
    void aSuspectThatIsNotAnsweredRestsAndLeavesItsPlace() {
        facade.claimAnswer = ClaimAnswer.waitAsSuspect(ClaimAnswer.SUSPECT, 3);
        facade.suspectUnanswered = true;
        for (FacadeAccess.Claimed none : List.of(new FacadeAccess.NotReached(), new FacadeAccess.Unheard())) {
            facade.unanswered = none;
            assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Later.class);
            pass(Duration.ofSeconds(6));
        }
        facade.suspectUnanswered = false;
        facade.suspectAnswer = ClaimAnswer.run(4, ClaimAnswer.SUSPECT);
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Go.class);
    }

    @Test
    void theSuspectsPlaceIsGivenBackOnce() {
        facade.claimAnswer = ClaimAnswer.waitAsSuspect(ClaimAnswer.SUSPECT, 3);
        facade.suspectAnswer = ClaimAnswer.run(4, ClaimAnswer.SUSPECT);
        Go first = (Go) ask(Jobs.job("{}"), true);
        first.done().run();
        Go second = (Go) ask(Jobs.job("{}"), true);
        first.done().run();
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Later.class);
        second.done().run();
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Go.class);
    }

    private void pass(Duration time) {
        clock.advance(time);
        standStill.tick();
    }

    @Test
    void whatIsWithOthersByNowDoesNotBegin() {
        FakeDelivery lost = new FakeDelivery(Jobs.message("{}"));
        lost.lose();
        assertThat(ask(EffectClass.PURE, Jobs.job("{}"), lost)).isInstanceOf(Drop.class);
        assertThat(facade.claims()).isEmpty();
    }

    @Test
    void whatIsLostWhileTheFacadeIsAskedBeginsOnlyIfItWasClaimed() {
        for (ClaimAnswer answer : Arrays.asList(null, ClaimAnswer.waitFor(3, "it runs elsewhere"))) {
            FakeDelivery delivery = new FakeDelivery(Jobs.message("{}"), true);
            facade.claimAnswer = answer;
            facade.whenClaimed = delivery::lose;
            assertThat(ask(EffectClass.PURE, Jobs.job("{}"), delivery)).isInstanceOf(Drop.class);
            pass(Duration.ofSeconds(5));
        }
        FakeDelivery delivery = new FakeDelivery(Jobs.message("{}"), true);
        facade.claimAnswer = ClaimAnswer.run(2, 0);
        facade.whenClaimed = delivery::lose;
        assertThat(ask(EffectClass.PURE, Jobs.job("{}"), delivery)).isInstanceOf(Go.class);
    }

    @Test
    void whatHasWaitedHereForLongIsClaimed() {
        facade.claimAnswer = ClaimAnswer.drop("the job is succeeded");
        HandledType type = Jobs.type(context -> Outcome.done());
        ReadyQueue.Work work = Jobs.work(type, new FakeDelivery(Jobs.message("{}")));
        for (int second = 0; second < 5; second++) {
            pass(Duration.ofSeconds(1));
            assertThat(guard.ask(work, Jobs.job("{}"))).isInstanceOf(Go.class);
        }
        pass(Duration.ofSeconds(1));
        assertThat(guard.ask(work, Jobs.job("{}"))).isInstanceOf(Drop.class);
        assertThat(facade.claims()).hasSize(1).noneMatch(claim -> claim.maybeRunning());
    }

    @Test
    void aClaimThatRanOutOfTimeWhileTheProcessStoodStillSilencesNobody() {
        facade.unanswered = new FacadeAccess.Unheard();
        facade.whenClaimed = () -> clock.advance(StandStill.NOTICED.plusSeconds(1));
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Later.class);
        standStill.tick();
        facade.whenClaimed = () -> {};
        facade.claimAnswer = ClaimAnswer.drop("the job is succeeded");
        assertThat(ask(Jobs.job("{}"), false)).isEqualTo(new Drop("the job is succeeded"));

        // Nor does what was not reached run unasked.
        facade.claimAnswer = null;
        facade.unanswered = new FacadeAccess.NotReached();
        assertThat(ask(Jobs.job("{}"), false)).isInstanceOf(Later.class);
        pass(StandStill.NOTICED);
        pass(StandStill.NOTICED);
        assertThat(ask(Jobs.job("{}"), true)).isInstanceOf(Go.class);
    }

    @Test
    void whatComesJustAfterTheProcessStoodStillIsClaimed() {
        facade.claimAnswer = ClaimAnswer.drop("the job is succeeded");
        clock.advance(Duration.ofSeconds(6));
        assertThat(ask(Jobs.job("{}"), false)).as("before the tick notices it").isInstanceOf(Drop.class);
        standStill.tick();
        assertThat(ask(Jobs.job("{}"), false)).as("after it has").isInstanceOf(Drop.class);
        for (int second = 0; second < 10; second++) {
            pass(Duration.ofSeconds(1));
        }
        assertThat(ask(Jobs.job("{}"), false)).isInstanceOf(Go.class);
    }
}

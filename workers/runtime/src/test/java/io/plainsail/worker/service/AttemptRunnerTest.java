package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.trace.Tracing;
import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.JobSnoozedException;
import io.plainsail.worker.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

class AttemptRunnerTest {
    private final MovingClock clock = MovingClock.at(Jobs.NOW);
    private final FakeNextAttempts next = new FakeNextAttempts();
    private final FakeSink sink = new FakeSink();
    private final AtomicReference<@Nullable Attempt> running = new AtomicReference<>();

    private AttemptGuard guard = AttemptGuard.off();

    private AttemptRunner runner(String... settings) {
        WorkerConfig.Attempts bounds = Jobs.config(settings).attempts();
        ResultDelivery nowhere = (upload, patience) ->
                new ResultDelivery.Answer(ResultDelivery.Verdict.REFUSED, "no file is expected here");
        ResultFiles files = new ResultFiles(nowhere, bounds.inlineBytes(), rest -> {});
        return new AttemptRunner(Jobs.time(clock), bounds, files, guard, next, sink);
    }

    private FakeDelivery run(Message message, JobHandler handler, String... settings) {
        FakeDelivery delivery = new FakeDelivery(message);
        runner(settings).run(Jobs.work(Jobs.type(handler), delivery), running::set);
        assertThat(running.get()).as("nothing runs any more").isNull();
        return delivery;
    }

    private Failure failure(JobHandler handler, String... settings) {
        FakeDelivery delivery = run(Jobs.message("{}"), handler, settings);
        assertThat(delivery.settled()).isEqualTo("acked");
        return sink.only(WorkerEvent.Failed.class).failure();
    }

    @Test
    void outcomeTellsStartEndAndOutput() {
        JobMessage job = Jobs.job("{\"question\": 6}");
        FakeDelivery delivery = run(JobMessageCodec.encode(job), context -> {
            clock.advance(Duration.ofSeconds(3));
            return Outcome.of(Map.of("answer", context.input().get("question").asInt() * 7));
        });

        WorkerEvent.Succeeded succeeded = sink.only(WorkerEvent.Succeeded.class);
        assertThat(succeeded.jobId()).isEqualTo(job.jobId());
        assertThat(succeeded.attempt()).isEqualTo(1);
        assertThat(succeeded.startedAt()).isEqualTo(Jobs.NOW);
        assertThat(succeeded.at()).isEqualTo(Jobs.NOW.plusSeconds(3));
        assertThat(new String(succeeded.output(), StandardCharsets.UTF_8)).isEqualTo("{\"answer\":42}");
        assertThat(succeeded.file()).isNull();
        assertThat(delivery.settled()).isEqualTo("acked");
    }

    @Test
    void whatTheGuardDoesNotLetBeginIsSettled() {
        JobMessage later = Jobs.job("{}").askedAgain(Jobs.NOW.plusSeconds(3), true);
        JobHandler never = job -> {
            throw new AssertionError("it runs");
        };
        guard = (work, job) -> new AttemptGuard.Refuse("nobody can run it");
        assertThat(run(Jobs.message("{}"), never).settled()).as("parked").isEqualTo("rejected");
        guard = (work, job) -> new AttemptGuard.Drop("nobody wants it");
        assertThat(run(Jobs.message("{}"), never).settled()).isEqualTo("acked");
        guard = (work, job) -> new AttemptGuard.Later(later, "it runs elsewhere");
        assertThat(run(Jobs.message("{}"), never).settled()).isEqualTo("acked");
        guard = (work, job) -> {
            throw new IllegalStateException("the guard itself fails");
        };
        assertThat(run(Jobs.message("{}"), never).settled()).isEqualTo("requeued");
        assertThat(sink.events()).isEmpty();
    }

    @Test
    void deliveryIsSettledOnlyWhenTheOutcomeIsConfirmed() {
        sink.withhold = true;
        FakeDelivery delivery = run(Jobs.message("{}"), job -> Outcome.done());
        assertThat(sink.all(WorkerEvent.Succeeded.class)).hasSize(1);
        assertThat(delivery.settled()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "cloudEvents_subject, not-a-uuid",
        "cloudEvents_plainsailtype, test.other",
        "cloudEvents_plainsailversion, 2",
        "cloudEvents_plainsailattempt, 0",
        "cloudEvents_plainsailtimeout, PT0S",
        "cloudEvents_plainsailtimeout, -PT5S",
        "cloudEvents_plainsailtimeout, soon"
    })
    void messageThatIsNotAJobOfThisTypeIsRejected(String header, String value) {
        AtomicBoolean called = new AtomicBoolean();
        FakeDelivery delivery = run(Jobs.message(header, value), job -> {
            called.set(true);
            return Outcome.done();
        });
        assertThat(delivery.settled()).isEqualTo("rejected");
        assertThat(called).isFalse();
        assertThat(sink.events()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"a\":1,\"a\":2}", "{} {}", "\u0000", "NaN"})
    void inputThatIsNotStrictJsonFailsAsInvalidInputWithoutTheHandler(String input) {
        AtomicBoolean called = new AtomicBoolean();
        FakeDelivery delivery = run(Jobs.message(input), job -> {
            called.set(true);
            return Outcome.done();
        });
        Failure failure = sink.only(WorkerEvent.Failed.class).failure();
        assertThat(failure.category()).isEqualTo(ErrorCategory.INVALID_INPUT);
        assertThat(failure.code()).isEqualTo("invalid-json");
        assertThat(called).isFalse();
        assertThat(delivery.settled()).isEqualTo("acked");
    }

    record Question(int question) {}

    @Test
    void inputIsBoundAndWhatTheClassDoesNotKnowIsPassedOver() {
        run(
                Jobs.message("{\"question\": 6, \"new\": true}"),
                job -> Outcome.of(Map.of("answer", job.input(Question.class).question())));
        assertThat(sink.only(WorkerEvent.Succeeded.class).output())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"answer\":6}");
    }

    @Test
    void inputThatDoesNotFitTheClassIsInvalidInput() {
        run(Jobs.message("{\"question\": \"why\"}"), job -> {
            job.input(Question.class);
            return Outcome.done();
        });
        assertThat(sink.only(WorkerEvent.Failed.class).failure().category()).isEqualTo(ErrorCategory.INVALID_INPUT);
    }

    @Test
    void jobFailedExceptionSpeaksForItself() {
        Failure failure = failure(job -> {
            throw new JobFailedException(ErrorCategory.THROTTLED, "http-status", "429 from there");
        });
        assertThat(failure.category()).isEqualTo(ErrorCategory.THROTTLED);
        assertThat(failure.code()).isEqualTo("http-status");
        assertThat(failure.message()).isEqualTo("429 from there");
    }

    @Test
    void anyOtherExceptionIsInternalWithItsClassItsDigestAndItsTraceInTheLog() {
        Failure failure = failure(job -> {
            job.log("about to fail");
            throw new IllegalStateException("no such thing", new IOException("disk"));
        });
        assertThat(failure.category()).isEqualTo(ErrorCategory.INTERNAL);
        assertThat(failure.code()).isEqualTo("handler-error");
        assertThat(failure.errorClass()).isEqualTo("java.lang.IllegalStateException");
        assertThat(failure.stackDigest()).startsWith("sha-256:");
        assertThat(failure.message()).contains("no such thing");
        assertThat(sink.log())
                .startsWith("about to fail", "java.lang.IllegalStateException: no such thing")
                .contains("Caused by: java.io.IOException: disk")
                .anyMatch(line -> line.contains("AttemptRunnerTest"))
                .noneMatch(line -> line.contains("at io.plainsail.worker.service.AttemptRunner.run"));
    }

    @Test
    void stackOverflowIsAFailureAndTheWorkerSurvives() {
        Failure failure = failure(job -> deeper(job, 0));
        assertThat(failure.errorClass()).isEqualTo("java.lang.StackOverflowError");
        assertThat(sink.log()).hasSizeLessThanOrEqualTo(ThrownFailure.MAX_TRACE_LINES);
    }

    @SuppressWarnings("InfiniteRecursion")
    private static Outcome deeper(JobContext job, int depth) {
        return deeper(job, depth + 1);
    }

    @Test
    void errorsOfTheMachineAreFailuresAndTheWorkerSurvives() {
        assertThat(failure(job -> {
                            throw new OutOfMemoryError("handler");
                        })
                        .errorClass())
                .isEqualTo("java.lang.OutOfMemoryError");
    }

    @Test
    void aMissingClassIsAFailureAndTheWorkerSurvives() {
        assertThat(failure(job -> {
                            throw new NoClassDefFoundError("some/Missing");
                        })
                        .errorClass())
                .isEqualTo("java.lang.NoClassDefFoundError");
    }

    @Test
    void anInterruptOfTheHandlersOwnMakingIsNotATimeout() {
        Failure failure = failure(job -> {
            throw new InterruptedException("of my own");
        });
        assertThat(failure.category()).isEqualTo(ErrorCategory.INTERNAL);
        assertThat(failure.errorClass()).isEqualTo("java.lang.InterruptedException");
    }

    @Test
    void anInterruptThatTheHandlerLeavesBehindDoesNotReachTheNextJob() {
        run(Jobs.message("{}"), job -> {
            Thread.currentThread().interrupt();
            return Outcome.done();
        });
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(sink.all(WorkerEvent.Succeeded.class)).hasSize(1);
    }

    @Test
    @SuppressWarnings("NullAway")
    void aHandlerThatReturnsNothingAtAllFails() {
        assertThat(failure(job -> null).code()).isEqualTo("no-outcome");
    }

    @Test
    void outputThatBreaksTheSchemaFailsTheAttempt() {
        Failure failure = failure(job -> Outcome.of(Map.of("answer", "forty-two")));
        assertThat(failure.category()).isEqualTo(ErrorCategory.INTERNAL);
        assertThat(failure.code()).isEqualTo("output-schema");
        assertThat(failure.message()).contains("/answer").contains("type");
    }

    @Test
    void emptyOutputMeetsTheSchemaTooOrFails() {
        Contract strict = strict();
        FakeDelivery delivery = new FakeDelivery(JobMessageCodec.encode(Jobs.job(strict, "{}", Duration.ofSeconds(5))));
        HandledType type = Jobs.type(strict, job -> Outcome.done());
        runner().run(Jobs.work(type, delivery), running::set);
        assertThat(sink.only(WorkerEvent.Failed.class).failure().code()).isEqualTo("output-schema");
    }

    private static Contract strict() {
        Contract loose = Jobs.contract();
        ObjectNode document = ContractFormat.write(loose);
        document.set(
                "outputSchema",
                JsonNodeFactory.instance.objectNode().put("type", "object").set("required", required("answer")));
        return ContractFormat.read(document);
    }

    private static ArrayNode required(String name) {
        return JsonNodeFactory.instance.arrayNode().add(name);
    }

    @Test
    void outputAboveTheContractsBoundFails() {
        Failure failure = failure(job -> Outcome.of(Map.of("text", "x".repeat(200_000))));
        assertThat(failure.category()).isEqualTo(ErrorCategory.LIMIT_EXCEEDED);
        assertThat(failure.code()).isEqualTo("output-size");
    }

    @Test
    void outputAboveTheWorkersOwnBoundFails() {
        Failure failure =
                failure(job -> Outcome.of(Map.of("text", "x".repeat(2_000))), "attempts.maxOutputBytes", "1024");
        assertThat(failure.code()).isEqualTo("output-size");
    }

    @Test
    void outputThatCannotBeWrittenFails() {
        assertThat(failure(job -> Outcome.of(new POJONode(new Object()))).code())
                .isEqualTo("output-encoding");
    }

    @Test
    void outputNestedDeeperThanAnyReaderGoesFails() {
        assertThat(failure(job -> Outcome.of(nested(62))).code()).isEqualTo("output-encoding");
    }

    @Test
    void theHandlerWorksInTheTraceThatItsMessageWasSentIn() {
        TraceContext trace = new TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b");
        List<TraceContext> seen = new ArrayList<>();
        run(JobMessageCodec.encode(Jobs.job("{}").traced(trace)), job -> {
            seen.add(Tracing.current());
            return Outcome.done();
        });
        assertThat(seen).containsExactly(trace);
        assertThat(Tracing.current()).as("nor what comes after it").isNull();
    }

    @Test
    void outputNestedAsDeepAsAllowedCanBeRead() {
        JsonNode deep = nested(OutputBytes.MAX_DEPTH - 1);
        run(Jobs.message("{}"), job -> Outcome.of(Map.of("deep", deep)));
        WorkerEvent.Succeeded succeeded = sink.only(WorkerEvent.Succeeded.class);
        Message batch = new EventEncoder(new Worker("t", "t", "t", "t"))
                .encode(List.of(OutboxEntry.outcome(succeeded, () -> {}, null)));
        assertThat(batch).isNotNull();
        assertThat(EventBatchCodec.decode(batch).events()).hasSize(1);
    }

    private static JsonNode nested(int depth) {
        ArrayNode outer = JsonNodeFactory.instance.arrayNode();
        ArrayNode at = outer;
        for (int i = 1; i < depth; i++) {
            at = at.addArray();
        }
        return outer;
    }

    @Test
    void logIsNumberedAndBoundedAndTellsWhatWasDropped() {
        run(
                Jobs.message("{}"),
                job -> {
                    for (int i = 0; i < 25; i++) {
                        job.log("line " + i);
                    }
                    return Outcome.done();
                },
                "attempts.maxLogLines",
                "10");
        assertThat(sink.all(WorkerEvent.LogLine.class))
                .extracting(WorkerEvent.LogLine::sequence)
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(sink.log().get(9)).isEqualTo("line 9");
        assertThat(sink.log().get(10)).contains("15 further lines were dropped").contains("10 lines");
    }

    @Test
    void logIsBoundedInBytesAndTheStackTraceStillGetsThrough() {
        run(
                Jobs.message("{}"),
                job -> {
                    job.log("ä".repeat(600));
                    job.log("ä".repeat(600));
                    job.log("short, and yet behind a gap");
                    throw new IllegalStateException("boom");
                },
                "attempts.maxLogBytes",
                "2000");
        assertThat(sink.log().get(0)).startsWith("ä");
        assertThat(sink.log().get(1)).contains("2 further lines were dropped");
        assertThat(sink.log().get(2)).contains("IllegalStateException: boom");
    }

    @Test
    @SuppressWarnings("NullAway")
    void oddLinesAreMadeStorable() {
        run(Jobs.message("{}"), job -> {
            job.log("one\r\ntwo\nthree");
            job.log("nul \u0000 and lone \udfff");
            job.log(null);
            job.log("x".repeat(10_000));
            return Outcome.done();
        });
        assertThat(sink.log()).hasSize(6).startsWith("one", "two", "three", "nul \ufffd and lone \ufffd", "null");
        assertThat(sink.log().get(5)).hasSizeLessThanOrEqualTo(AttemptLog.MAX_LINE_LENGTH);
    }

    @Test
    void whatIsLoggedAfterTheEndChangesNothing() {
        AtomicReference<@Nullable JobContext> kept = new AtomicReference<>();
        run(Jobs.message("{}"), job -> {
            kept.set(job);
            return Outcome.done();
        });
        JobContext late = kept.get();
        assertThat(late).isNotNull();
        late.log("late");
        late.progress(50, "late");
        assertThat(sink.events()).hasSize(1);
    }

    @Test
    void theThreadsLogKnowsTheJobAndItsClassLoader() {
        JobMessage job = Jobs.job("{}");
        AtomicReference<@Nullable String> seen = new AtomicReference<>();
        AtomicReference<@Nullable ClassLoader> loader = new AtomicReference<>();
        Thread.currentThread().setContextClassLoader(null);
        run(JobMessageCodec.encode(job), context -> {
            seen.set(MDC.get("job"));
            loader.set(Thread.currentThread().getContextClassLoader());
            return Outcome.done();
        });
        assertThat(seen.get()).isEqualTo(job.jobId().toString());
        assertThat(loader.get()).isSameAs(getClass().getClassLoader());
        assertThat(MDC.get("job")).isNull();
    }

    @Test
    void timeoutIsNeverAboveTheContracts() {
        AtomicReference<@Nullable JobContext> seen = new AtomicReference<>();
        run(JobMessageCodec.encode(Jobs.job(Jobs.contract(), "{}", Duration.ofDays(10_000_000))), job -> {
            seen.set(job);
            return Outcome.done();
        });
        JobContext job = seen.get();
        assertThat(job).isNotNull();
        assertThat(job.deadline()).isEqualTo(Jobs.NOW.plusSeconds(60));
    }

    // Attempts after the first ----------------------------------------------------------------------------------

    private static final JobHandler AWAY = job -> {
        throw new JobFailedException(ErrorCategory.UNAVAILABLE, "http-status", "503 from there");
    };

    private static JobMessage attempt(int number, int failedAttempts, RetryBounds bounds, @Nullable Instant notBefore) {
        return Jobs.job("{}").toBuilder()
                .attempt(number)
                .retryBounds(bounds)
                .failedAttempts(failedAttempts)
                .notBefore(notBefore)
                .build();
    }

    @Test
    void failureThatMayPassIsFollowedByAnotherAttempt() {
        JobMessage job = attempt(1, 0, RetryBounds.NONE, null);
        FakeDelivery delivery = run(JobMessageCodec.encode(job), context -> {
            context.log("trying");
            return AWAY.handle(context);
        });

        JobMessage second = next.sent().get(0);
        assertThat(next.sent()).hasSize(1);
        assertThat(second.jobId()).isEqualTo(job.jobId());
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(second.failedAttempts()).isEqualTo(1);
        assertThat(second.notBefore()).isBetween(Jobs.NOW.plusMillis(500), Jobs.NOW.plusSeconds(1));
        WorkerEvent.Retrying retrying = sink.only(WorkerEvent.Retrying.class);
        assertThat(retrying.attempt()).isEqualTo(1);
        assertThat(retrying.nextAt()).isEqualTo(second.notBefore());
        assertThat(retrying.reason()).isEqualTo("503 from there");
        assertThat(retrying.failure().category()).isEqualTo(ErrorCategory.UNAVAILABLE);
        assertThat(sink.log()).contains("trying");
        assertThat(sink.all(WorkerEvent.Failed.class)).isEmpty();
        assertThat(delivery.settled()).isEqualTo("acked");
    }

    @Test
    void nothingIsToldUntilTheNextAttemptIsSafeWithTheCarrier() {
        next.withhold = true;
        FakeDelivery delivery = run(JobMessageCodec.encode(attempt(1, 0, RetryBounds.NONE, null)), AWAY);
        assertThat(sink.events()).isEmpty();
        assertThat(delivery.settled()).isEmpty();

        next.confirm();
        assertThat(sink.all(WorkerEvent.Retrying.class)).hasSize(1);
        assertThat(delivery.settled()).isEqualTo("acked");
    }

    @Test
    void attemptsEndWhereThePolicyOrTheCallerEndsThem() {
        run(JobMessageCodec.encode(attempt(3, 2, RetryBounds.NONE, null)), AWAY);
        run(JobMessageCodec.encode(attempt(2, 1, new RetryBounds(2, null), null)), AWAY);
        assertThat(sink.all(WorkerEvent.Failed.class))
                .extracting(WorkerEvent.Failed::attempt)
                .containsExactly(3, 2);
        assertThat(next.sent()).isEmpty();

        run(JobMessageCodec.encode(attempt(9, 1, RetryBounds.NONE, null)), AWAY);
        assertThat(next.sent()).as("put off seven times, failed twice").hasSize(1);
    }

    @Test
    void callerMayWishForShorterRests() {
        RetryBounds shortRests = new RetryBounds(null, Duration.ofMillis(10));
        run(JobMessageCodec.encode(attempt(2, 1, shortRests, null)), AWAY);
        assertThat(next.sent().get(0).notBefore()).isBefore(Jobs.NOW.plusMillis(11));
    }

    @Test
    void handlerMayAskForALongerRestUpToThePolicysLongest() {
        for (int seconds : new int[] {7, 3_600, -5}) {
            run(JobMessageCodec.encode(attempt(1, 0, RetryBounds.NONE, null)), job -> {
                throw new JobFailedException(ErrorCategory.THROTTLED, "http-status", "429")
                        .notBefore(Jobs.NOW.plusSeconds(seconds));
            });
        }
        assertThat(next.sent().get(0).notBefore()).isEqualTo(Jobs.NOW.plusSeconds(7));
        assertThat(next.sent().get(1).notBefore()).isEqualTo(Jobs.NOW.plusSeconds(10));
        assertThat(next.sent().get(2).notBefore()).isBetween(Jobs.NOW.plusMillis(500), Jobs.NOW.plusSeconds(1));
    }

    @Test
    void failureThatWillNotPassIsFinal() {
        run(JobMessageCodec.encode(attempt(1, 0, RetryBounds.NONE, null)), job -> {
            throw new JobFailedException(ErrorCategory.REJECTED, "http-status", "410 from there");
        });
        assertThat(sink.all(WorkerEvent.Failed.class)).hasSize(1);
        assertThat(next.sent()).isEmpty();
    }

    @Test
    void jobThatIsPutOffComesAgainAndHasNotFailed() {
        Instant until = Jobs.NOW.plus(Duration.ofHours(5));
        FakeDelivery delivery = run(JobMessageCodec.encode(attempt(4, 2, RetryBounds.NONE, null)), job -> {
            throw new JobSnoozedException(until, "the shop opens at five");
        });

        assertThat(next.sent()).hasSize(1);
        assertThat(next.sent().get(0).attempt()).isEqualTo(5);
        assertThat(next.sent().get(0).failedAttempts()).isEqualTo(2);
        assertThat(next.sent().get(0).notBefore()).isEqualTo(until);
        WorkerEvent.Retrying retrying = sink.only(WorkerEvent.Retrying.class);
        assertThat(retrying.failure()).isNull();
        assertThat(retrying.reason()).isEqualTo("the shop opens at five");
        assertThat(delivery.settled()).isEqualTo("acked");
    }

    @Test
    void jobIsNotPutOffForEver() {
        JobHandler soon = job -> {
            throw new JobSnoozedException(Jobs.NOW.plusSeconds(1), "soon");
        };
        run(JobMessageCodec.encode(attempt(1_000, 0, RetryBounds.NONE, null)), soon);
        assertThat(next.sent()).hasSize(1);
        run(JobMessageCodec.encode(attempt(1_001, 0, RetryBounds.NONE, null)), soon);
        run(JobMessageCodec.encode(attempt(1, 0, RetryBounds.NONE, null)), job -> {
            throw new JobSnoozedException(Jobs.NOW.plus(Duration.ofDays(31)), "never");
        });

        assertThat(next.sent()).hasSize(1);
        assertThat(sink.all(WorkerEvent.Failed.class))
                .extracting(failed -> failed.failure().category())
                .containsExactly(ErrorCategory.LIMIT_EXCEEDED, ErrorCategory.LIMIT_EXCEEDED);
        assertThat(sink.all(WorkerEvent.Failed.class))
                .extracting(failed -> failed.failure().message())
                .anyMatch(message -> message.contains("1000 times"))
                .anyMatch(message -> message.contains("PT720H"));
    }

    @Test
    void messageThatComesTooEarlyRestsAgain() {
        AtomicBoolean called = new AtomicBoolean();
        JobHandler handler = job -> {
            called.set(true);
            return Outcome.done();
        };
        JobMessage early = attempt(2, 1, RetryBounds.NONE, Jobs.NOW.plusSeconds(5));
        next.withhold = true;
        FakeDelivery delivery = run(JobMessageCodec.encode(early), handler);
        assertThat(called).isFalse();
        assertThat(next.sent().get(0).attempt()).isEqualTo(2);
        assertThat(next.sent().get(0).notBefore()).isEqualTo(early.notBefore());
        assertThat(delivery.settled()).isEmpty();
        next.confirm();
        assertThat(delivery.settled()).isEqualTo("acked");
        assertThat(sink.events()).isEmpty();

        run(JobMessageCodec.encode(attempt(2, 1, RetryBounds.NONE, Jobs.NOW.plusMillis(90))), handler);
        assertThat(called).isTrue();
    }

    @Test
    void whatCannotEvenBeReportedIsHandedBack() {
        EventSink broken = new EventSink() {
            @Override
            public boolean offer(List<? extends WorkerEvent> events) {
                return true;
            }

            @Override
            public void outcome(List<? extends WorkerEvent> before, WorkerEvent.OfAttempt outcome, Runnable confirmed) {
                throw new OutOfMemoryError("outbox");
            }
        };
        WorkerConfig.Attempts bounds = Jobs.config().attempts();
        ResultFiles files = new ResultFiles(
                (upload, patience) -> new ResultDelivery.Answer(ResultDelivery.Verdict.TAKEN, ""), 0, rest -> {});
        FakeDelivery delivery = new FakeDelivery(Jobs.message("{}"));
        new AttemptRunner(Jobs.time(clock), bounds, files, AttemptGuard.off(), next, broken)
                .run(Jobs.work(Jobs.type(job -> Outcome.done()), delivery), running::set);
        assertThat(delivery.settled()).isEqualTo("requeued");
    }
}

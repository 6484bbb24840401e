package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.ResultFile;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.ResultDelivery.Answer;
import io.plainsail.worker.service.ResultDelivery.Upload;
import io.plainsail.worker.service.ResultDelivery.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultFilesTest {
    private static final byte[] SMALL = "small".getBytes(StandardCharsets.UTF_8);
    private static final byte[] BIG = "b".repeat(50_000).getBytes(StandardCharsets.UTF_8);

    private final MovingClock clock = MovingClock.at(Jobs.NOW);
    private final FakeNextAttempts next = new FakeNextAttempts();
    private final FakeSink sink = new FakeSink();
    private final List<Upload> uploads = new ArrayList<>();
    private final List<Duration> patience = new ArrayList<>();
    private final ArrayDeque<Verdict> verdicts = new ArrayDeque<>();

    @TempDir
    Path directory;

    private Answer deliver(Upload upload, Duration most) {
        uploads.add(upload);
        patience.add(most);
        Verdict verdict = verdicts.isEmpty() ? Verdict.TAKEN : verdicts.remove();
        return new Answer(verdict, "because");
    }

    private FakeDelivery run(Outcome.File file) {
        WorkerConfig.Attempts bounds = Jobs.config().attempts();
        ResultFiles files = new ResultFiles(this::deliver, bounds.inlineBytes(), clock::advance);
        FakeDelivery delivery = new FakeDelivery(Jobs.message("{}"));
        new AttemptRunner(Jobs.time(clock), bounds, files, AttemptGuard.off(), next, sink)
                .run(Jobs.work(Jobs.type(job -> Outcome.done().withFile(file)), delivery), attempt -> {});
        return delivery;
    }

    private ResultFile reported() {
        return Objects.requireNonNull(sink.only(WorkerEvent.Succeeded.class).file());
    }

    private Failure failure() {
        return sink.only(WorkerEvent.Failed.class).failure();
    }

    @Test
    void aSmallFileTravelsInTheOutcome() throws IOException {
        Path path = Files.write(directory.resolve("small.txt"), SMALL);
        run(new Outcome.OnDisk("text/plain", path));
        assertThat(reported().inline()).isEqualTo(SMALL);
        assertThat(reported().size()).isEqualTo(SMALL.length);
        assertThat(reported().digest()).isEqualTo(digest(SMALL));
        assertThat(reported().mediaType()).isEqualTo("text/plain");
        assertThat(uploads).isEmpty();
    }

    @Test
    void aFileOfExactlyTheBoundTravelsInTheOutcomeAndOneByteMoreDoesNot() {
        run(new Outcome.Bytes("a/b", new byte[32 * 1024]));
        assertThat(uploads).isEmpty();
        run(new Outcome.Bytes("a/b", new byte[32 * 1024 + 1]));
        assertThat(uploads).hasSize(1);
    }

    @Test
    void aLargeFileIsDeliveredBeforeTheOutcomeWithTokenAndDigest() throws IOException {
        Path path = Files.write(directory.resolve("big.bin"), BIG);
        FakeDelivery delivery = run(new Outcome.OnDisk("application/pdf", path));

        Upload upload = uploads.get(0);
        assertThat(upload.token()).isEqualTo("secret-token");
        assertThat(upload.size()).isEqualTo(BIG.length);
        assertThat("sha-256:" + HexFormat.of().formatHex(upload.sha256())).isEqualTo(digest(BIG));
        assertThat(reported().inline()).isNull();
        assertThat(reported().digest()).isEqualTo(digest(BIG));
        assertThat(reported().size()).isEqualTo(BIG.length);
        assertThat(patience.get(0)).isEqualTo(Duration.ofSeconds(60));
        assertThat(delivery.settled()).isEqualTo("acked");
    }

    @Test
    void aLargeFileInMemoryIsDeliveredToo() {
        run(new Outcome.Bytes("application/pdf", BIG));
        assertThat(uploads).hasSize(1);
        assertThat(reported().digest()).isEqualTo(digest(BIG));
    }

    @Test
    void anUnavailableFacadeIsAskedAgainWithGrowingRests() {
        verdicts.addAll(List.of(Verdict.UNAVAILABLE, Verdict.UNAVAILABLE, Verdict.UNAVAILABLE));
        run(new Outcome.Bytes("a/b", BIG));
        assertThat(uploads).hasSize(4);
        assertThat(patience)
                .containsExactly(
                        Duration.ofSeconds(60),
                        Duration.ofMillis(59_800),
                        Duration.ofMillis(59_400),
                        Duration.ofMillis(58_600));
        assertThat(reported().inline()).isNull();
    }

    @Test
    void whenTheAttemptsTimeIsUpTheFileIsUnavailable() {
        verdicts.addAll(java.util.Collections.nCopies(1_000, Verdict.UNAVAILABLE));
        FakeDelivery delivery = run(new Outcome.Bytes("a/b", BIG));
        assertThat(failure().category()).isEqualTo(ErrorCategory.UNAVAILABLE);
        assertThat(failure().code()).isEqualTo("result-delivery");
        assertThat(Duration.between(Jobs.NOW, clock.instant())).isLessThanOrEqualTo(Duration.ofSeconds(60));
        assertThat(uploads).hasSizeBetween(20, 60);
        assertThat(delivery.settled()).isEqualTo("acked");
    }

    @Test
    void anAttemptThatIsNotCurrentAnyMoreIsDroppedQuietly() {
        verdicts.add(Verdict.NOT_CURRENT);
        FakeDelivery delivery = run(new Outcome.Bytes("a/b", BIG));
        assertThat(sink.events()).isEmpty();
        assertThat(delivery.settled()).isEqualTo("acked");
    }

    @Test
    void aFileThatIsTooLargeForTheFacadeExceedsALimit() {
        verdicts.add(Verdict.TOO_LARGE);
        run(new Outcome.Bytes("a/b", BIG));
        assertThat(failure().category()).isEqualTo(ErrorCategory.LIMIT_EXCEEDED);
    }

    @Test
    void aRefusalIsInternalAndNotTriedAgain() {
        verdicts.add(Verdict.REFUSED);
        run(new Outcome.Bytes("a/b", BIG));
        assertThat(failure().category()).isEqualTo(ErrorCategory.INTERNAL);
        assertThat(uploads).hasSize(1);
    }

    @Test
    void aFileAboveTheContractsBoundIsNotEvenSent() {
        run(new Outcome.Bytes("a/b", new byte[200_001]));
        assertThat(failure().category()).isEqualTo(ErrorCategory.LIMIT_EXCEEDED);
        assertThat(failure().code()).isEqualTo("result-size");
        assertThat(uploads).isEmpty();
    }

    @Test
    void aFileThatIsNotThereIsInternal() {
        run(new Outcome.OnDisk("a/b", directory.resolve("missing")));
        assertThat(failure().code()).isEqualTo("result-file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "pdf", "a/b\r\nX-Evil: 1", "a/\u0000", "a/\ud800", "/x"})
    void aMediaTypeThatCannotBeAHeaderIsInternal(String mediaType) {
        run(new Outcome.Bytes(mediaType, SMALL));
        assertThat(failure().code()).isEqualTo("result-file");
    }

    private static String digest(byte[] content) {
        try {
            return "sha-256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

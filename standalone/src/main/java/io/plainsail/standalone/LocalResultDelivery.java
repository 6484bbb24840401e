package io.plainsail.standalone;

import io.plainsail.facade.results.RefusedFileException;
import io.plainsail.facade.results.ResultIntake;
import io.plainsail.facade.store.StoreUnavailableException;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.ResultDelivery;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HexFormat;

/** Hands result files to the facade in the same JVM. Thread-safe. */
final class LocalResultDelivery implements ResultDelivery {
    private final ResultIntake intake;

    LocalResultDelivery(ResultIntake intake) {
        this.intake = intake;
    }

    @Override
    public Answer deliver(Upload upload, Duration patience) {
        String digest = "sha-256:" + HexFormat.of().formatHex(upload.sha256());
        try (InputStream content = open(upload.file())) {
            intake.take(upload.jobId(), upload.attempt(), upload.token(), content, digest);
            return new Answer(Verdict.TAKEN, "taken");
        } catch (RefusedFileException e) {
            Verdict verdict =
                    switch (e.rule()) {
                        case NOT_CURRENT -> Verdict.NOT_CURRENT;
                        case TOO_LARGE -> Verdict.TOO_LARGE;
                        case WRONG_TOKEN, UNKNOWN_JOB, WRONG_DIGEST -> Verdict.REFUSED;
                    };
            return new Answer(verdict, String.valueOf(e.getMessage()));
        } catch (StoreUnavailableException | IOException e) {
            return new Answer(Verdict.UNAVAILABLE, String.valueOf(e.getMessage()));
        }
    }

    private static InputStream open(Outcome.File file) throws IOException {
        return file instanceof Outcome.Bytes bytes
                ? new ByteArrayInputStream(bytes.content())
                : Files.newInputStream(((Outcome.OnDisk) file).path());
    }
}

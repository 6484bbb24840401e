package io.plainsail.standalone;

import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.facade.contracts.Announcements;
import io.plainsail.facade.guard.Guard;
import io.plainsail.facade.results.RefusedFileException;
import io.plainsail.facade.results.ResultIntake;
import io.plainsail.facade.store.StoreUnavailableException;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.FacadeAccess;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;

/** The facade in the same JVM. Thread-safe. */
final class LocalFacadeAccess implements FacadeAccess {
    private final ResultIntake intake;
    private final Guard guard;
    private final Announcements announcements;

    LocalFacadeAccess(ResultIntake intake, Guard guard, Announcements announcements) {
        this.intake = intake;
        this.guard = guard;
        this.announcements = announcements;
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

    @Override
    public Claimed claim(JobMessage job, AttemptClaim claim, Duration patience) {
        try {
            return new Answered(guard.claim(job.jobId(), job.attempt(), claim));
        } catch (StoreUnavailableException e) {
            return new Unheard();
        }
    }

    @Override
    public Optional<RunningCheck.Answer> check(String instance, RunningCheck check, Duration patience) {
        try {
            return Optional.of(guard.check(check).refusing(announcements.heard(check)));
        } catch (StoreUnavailableException e) {
            return Optional.empty();
        }
    }

    private static InputStream open(Outcome.File file) throws IOException {
        return file instanceof Outcome.Bytes bytes
                ? new ByteArrayInputStream(bytes.content())
                : Files.newInputStream(((Outcome.OnDisk) file).path());
    }
}

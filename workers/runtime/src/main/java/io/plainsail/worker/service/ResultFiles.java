package io.plainsail.worker.service;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.ResultFile;
import io.plainsail.worker.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/**
 * Gets an attempt's file onto its way: a small one into the outcome, a larger one to the facade first, tried again while
 * the attempt has time. Thread-safe.
 */
final class ResultFiles {
    private static final Duration FIRST_REST = Duration.ofMillis(200);
    private static final Duration LONGEST_REST = Duration.ofSeconds(2);

    private final ResultDelivery delivery;
    private final int inlineBytes;
    private final Pause pause;

    ResultFiles(ResultDelivery delivery, int inlineBytes, Pause pause) {
        this.delivery = delivery;
        this.inlineBytes = inlineBytes;
        this.pause = pause;
    }

    /**
     * The file as the outcome tells of it; delivered, if it is not inside.
     *
     * @throws AttemptFailedException limit-exceeded {@code result-size}, internal {@code result-file} if it cannot be
     *     read, unavailable or internal {@code result-delivery}
     * @throws NotCurrentException if nobody wants it any more
     */
    ResultFile report(Attempt attempt, Outcome.File file) throws AttemptFailedException, NotCurrentException {
        checkMediaType(file.mediaType());
        try {
            long size = sizeOf(file);
            long most = attempt.type().contract().maxOutputBytes();
            if (size > most) {
                throw new AttemptFailedException(
                        ErrorCategory.LIMIT_EXCEEDED,
                        "result-size",
                        "the result file has " + size + " bytes: the contract allows " + most);
            }
            if (size <= inlineBytes) {
                byte[] content = contentOf(file);
                return new ResultFile(file.mediaType(), content.length, hex(sha256().digest(content)), content);
            }
            byte[] digest = digestOf(file);
            deliver(
                    attempt,
                    new ResultDelivery.Upload(
                            attempt.jobId(), attempt.attempt(), attempt.job().token(), file, size, digest));
            return new ResultFile(file.mediaType(), size, hex(digest), null);
        } catch (IOException e) {
            throw new AttemptFailedException(
                    ErrorCategory.INTERNAL, "result-file", "the result file cannot be read: " + e);
        }
    }

    private void deliver(Attempt attempt, ResultDelivery.Upload upload)
            throws AttemptFailedException, NotCurrentException {
        Duration rest = FIRST_REST;
        String last = "no time was left to try";
        while (attempt.remainingNanos() > 0 && attempt.isRunning()) {
            ResultDelivery.Answer answer = delivery.deliver(upload, Duration.ofNanos(attempt.remainingNanos()));
            last = answer.detail();
            switch (answer.verdict()) {
                case TAKEN -> {
                    return;
                }
                case NOT_CURRENT -> throw new NotCurrentException(last);
                case TOO_LARGE -> throw new AttemptFailedException(ErrorCategory.LIMIT_EXCEEDED, "result-size", last);
                case REFUSED -> throw new AttemptFailedException(ErrorCategory.INTERNAL, "result-delivery", last);
                case UNAVAILABLE -> {
                    if (attempt.remainingNanos() <= rest.toNanos()) {
                        throw unavailable(last);
                    }
                    pause.rest(rest);
                    rest = rest.multipliedBy(2).compareTo(LONGEST_REST) < 0 ? rest.multipliedBy(2) : LONGEST_REST;
                }
            }
        }
        throw unavailable(last);
    }

    private static AttemptFailedException unavailable(String detail) {
        return new AttemptFailedException(
                ErrorCategory.UNAVAILABLE,
                "result-delivery",
                "the result file could not be delivered within the attempt's time: " + detail);
    }

    /** It becomes a header and is stored: visible ASCII, and nothing odd. */
    private static void checkMediaType(String mediaType) throws AttemptFailedException {
        boolean plain = mediaType.length() <= 200
                && mediaType.indexOf('/') > 0
                && mediaType.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
        if (!plain) {
            throw new AttemptFailedException(
                    ErrorCategory.INTERNAL,
                    "result-file",
                    "the result's media type is \"" + mediaType + "\": must be like application/pdf");
        }
    }

    private static long sizeOf(Outcome.File file) throws IOException {
        return file instanceof Outcome.OnDisk onDisk
                ? Files.size(onDisk.path())
                : ((Outcome.Bytes) file).content().length;
    }

    private static byte[] contentOf(Outcome.File file) throws IOException {
        return file instanceof Outcome.OnDisk onDisk
                ? Files.readAllBytes(onDisk.path())
                : ((Outcome.Bytes) file).content();
    }

    private static byte[] digestOf(Outcome.File file) throws IOException {
        MessageDigest digest = sha256();
        if (file instanceof Outcome.OnDisk onDisk) {
            byte[] buffer = new byte[64 * 1024];
            try (InputStream in = Files.newInputStream(onDisk.path())) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    digest.update(buffer, 0, read);
                }
            }
            return digest.digest();
        }
        return digest.digest(contentOf(file));
    }

    private static String hex(byte[] digest) {
        return "sha-256:" + HexFormat.of().formatHex(digest);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

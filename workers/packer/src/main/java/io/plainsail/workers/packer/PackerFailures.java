package io.plainsail.workers.packer;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What failed bakes are called. Messages name no directory of one attempt alone, so that dead jobs group. */
final class PackerFailures {
    private PackerFailures() {}

    static JobFailedException templateMissing(String name, Collection<String> known) {
        return rejected(
                "template-missing",
                "no template \"" + name + "\" is configured; known are " + known + "; nothing was baked");
    }

    /** The template is there and cannot be used: the configuration's or the template's fault, not the caller's. */
    static JobFailedException templateInvalid(String name, String why) {
        return rejected("template-invalid", "template " + name + ": " + why + "; nothing was baked");
    }

    static JobFailedException variable(String code, String message) {
        return new JobFailedException(ErrorCategory.INVALID_INPUT, code, message + "; nothing was baked");
    }

    static JobFailedException secret(String message) {
        return rejected("secret", message + "; nothing was baked");
    }

    static JobFailedException validate(String said) {
        return new JobFailedException(
                ErrorCategory.INVALID_INPUT,
                "validate-failed",
                "packer validate refuses template and variables; nothing was baked: " + said);
    }

    static JobFailedException noBuilds() {
        return new JobFailedException(
                ErrorCategory.INVALID_INPUT,
                "no-builds",
                "only and except leave no build of the template; nothing was baked");
    }

    /**
     * A build that ended with another status than 0.
     *
     * @param said what it said of its errors
     */
    static JobFailedException build(int exit, String said) {
        if (tellsOfAFullDisk(said)) {
            return diskFull("the build had no room, on the worker's machine or in its guest: " + said, null);
        }
        String lower = said.toLowerCase(Locale.ROOT);
        if (lower.contains("file too large") || lower.contains("file size limit exceeded")) {
            return new JobFailedException(
                    ErrorCategory.LIMIT_EXCEEDED,
                    "file-too-large",
                    "the build wrote a file over maxFileBytes in the worker's configuration: " + said);
        }
        return rejected(
                "build-failed",
                "packer build failed with status " + exit + (said.isEmpty() ? " and said nothing" : ": " + said));
    }

    static JobFailedException tooMuchOutput() {
        return new JobFailedException(
                ErrorCategory.LIMIT_EXCEEDED, "output", "the build wrote more than 64 MiB of messages and was ended");
    }

    static JobFailedException artifact(String message) {
        return rejected("artifact", message + "; nothing of it was kept");
    }

    static JobFailedException tooLarge(String code, String message) {
        return new JobFailedException(ErrorCategory.LIMIT_EXCEEDED, code, message);
    }

    static JobFailedException diskFull(String message, @Nullable Throwable cause) {
        return new JobFailedException(ErrorCategory.UNAVAILABLE, "disk-full", message, cause);
    }

    static JobFailedException packerMissing(String message) {
        return new JobFailedException(ErrorCategory.UNAVAILABLE, "packer-missing", message + "; nothing was baked");
    }

    /** The template asks for plugins that are not on this machine, which Packer 1.7 and later may be without. */
    static JobFailedException pluginMissing(String said) {
        return new JobFailedException(
                ErrorCategory.UNAVAILABLE,
                "plugin-missing",
                "the template's plugins are not installed where pluginDirectory in the worker's configuration says;"
                        + " nothing was baked: " + said);
    }

    /** A file or directory of the worker's own cannot be read or written. */
    static JobFailedException io(IOException e) {
        return tellsOfAFullDisk(String.valueOf(e.getMessage()))
                ? diskFull("the worker's machine has no room: " + e.getMessage(), e)
                : new JobFailedException(
                        ErrorCategory.UNAVAILABLE, "files", "the worker's files cannot be used: " + e, e);
    }

    /** The attempt was interrupted: at its deadline, or because nobody wants it, or because the worker stops. */
    static JobFailedException interrupted(Duration left, InterruptedException e) {
        String rest = ": Packer and all its processes were ended and what was half made was deleted";
        return left.isNegative() || left.isZero()
                ? new JobFailedException(ErrorCategory.TIMEOUT, "timeout", "the time of the attempt is over" + rest, e)
                : new JobFailedException(ErrorCategory.UNAVAILABLE, "cancelled", "the attempt was cancelled" + rest, e);
    }

    private static boolean tellsOfAFullDisk(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return lower.contains("no space left on device") || lower.contains("disk quota exceeded");
    }

    private static JobFailedException rejected(String code, String message) {
        return new JobFailedException(ErrorCategory.REJECTED, code, message);
    }
}

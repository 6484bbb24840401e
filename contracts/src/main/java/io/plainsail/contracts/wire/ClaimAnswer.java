package io.plainsail.contracts.wire;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What the facade says to an {@link AttemptClaim}.
 *
 * @param attempt for {@link Verdict#RUN}, the number under which it is to run and report; 0 otherwise
 * @param lost earlier attempts that were lost with their workers; for {@link Verdict#WAIT}, only where that is why
 * @param afterSeconds for {@link Verdict#WAIT}, when to ask again; 0 otherwise
 * @param reason for people
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ClaimAnswer(Verdict verdict, int attempt, int lost, int afterSeconds, String reason) {

    /**
     * From so many lost attempts on, a job may be what ends its workers, and one process runs one such job at a time. The
     * innocent who ran beside it are lost with it so often at most, and then they run beside it no more.
     */
    public static final int SUSPECT = 2;

    /** What to do with the message. */
    public enum Verdict {
        @JsonProperty("run")
        RUN,
        /** It is of no use any more: acknowledge it. */
        @JsonProperty("drop")
        DROP,
        /** The job runs elsewhere, or may do so: let the message rest and ask again. */
        @JsonProperty("wait")
        WAIT
    }

    public ClaimAnswer {
        WireJson.required("verdict", verdict);
        WireJson.required("reason", reason);
        if (verdict == Verdict.RUN && attempt < 1) {
            throw new IllegalArgumentException("attempt is " + attempt + ": must be 1 or more");
        }
        if (verdict == Verdict.WAIT && (afterSeconds < 1 || afterSeconds > 3_600)) {
            throw new IllegalArgumentException("afterSeconds is " + afterSeconds + ": must be 1 to 3600");
        }
    }

    public static ClaimAnswer run(int attempt, int lost) {
        return new ClaimAnswer(Verdict.RUN, attempt, lost, 0, "run");
    }

    public static ClaimAnswer drop(String reason) {
        return new ClaimAnswer(Verdict.DROP, 0, 0, 0, reason);
    }

    public static ClaimAnswer waitFor(int seconds, String reason) {
        return new ClaimAnswer(Verdict.WAIT, 0, 0, seconds, reason);
    }

    /** The job is a suspect, and was not welcome. */
    public static ClaimAnswer waitAsSuspect(int lost, int seconds) {
        String reason = "it may be what ends its workers, and runs beside no other such job";
        return new ClaimAnswer(Verdict.WAIT, 0, lost, seconds, reason);
    }

    public byte[] encode() {
        return WireJson.write(this);
    }

    /**
     * @throws UndecodableMessageException saying what is wrong
     */
    public static ClaimAnswer decode(byte[] body) {
        return WireJson.read(body, ClaimAnswer.class);
    }
}

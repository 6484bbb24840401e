package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares a contract with the one in force.
 *
 * <ul>
 *   <li>Input: every payload that was valid stays valid.
 *   <li>Output: what the new worker returns is valid for those who know the old schema.
 *   <li>Policy: nothing that was promised to callers is taken back.
 * </ul>
 *
 * <p>Incompatible is what a payload was found for that shows it, compatible what is proven, and undecided the rest. A property
 * that the old schema did not know and let pass, and the new one knows, is undecided even if a payload shows that it may break:
 * whether anybody ever sent one tell the jobs that are there, not the schemas.
 */
public final class Compatibility {
    static final int MAX_REASONS = 50;

    /** A longer payload is not shown. */
    static final int MAX_PAYLOAD_CHARS = 4_000;

    private Compatibility() {}

    /**
     * Compares two contracts of one job type and version.
     *
     * @param inForce known to callers
     * @param next to take its place
     */
    public static Comparison compare(Contract inForce, Contract next) {
        if (!inForce.jobType().equals(next.jobType())) {
            throw new IllegalArgumentException(
                    inForce.jobType() + " and " + next.jobType() + " are not compared: versions stand side by side");
        }
        List<Reason> reasons = new ArrayList<>();
        reasons.addAll(schemas(
                Reason.Side.INPUT,
                inForce.inputSchema(),
                next.inputSchema(),
                inForce.examples().stream().map(Contract.Example::input).toList()));
        reasons.addAll(schemas(Reason.Side.OUTPUT, next.outputSchema(), inForce.outputSchema(), List.of()));
        reasons.addAll(policy(inForce, next));
        reasons.sort(Comparator.comparing(Reason::verdict).reversed());
        return Comparison.of(reasons.size() <= MAX_REASONS ? reasons : reasons.subList(0, MAX_REASONS));
    }

    /**
     * Why not every value that meets the narrow schema is sure to meet the wide one; empty if that is proven.
     *
     * @param likely values that meet the narrow schema
     */
    static List<Reason> schemas(Reason.Side side, JsonNode narrow, JsonNode wide, List<JsonNode> likely) {
        if (narrow.equals(wide)) {
            return List.of();
        }
        SchemaDocument from = new SchemaDocument(narrow);
        SchemaDocument to = new SchemaDocument(wide);
        Counterexample search = new Counterexample(from, to, likely);
        if (from.hasOwnBases() || to.hasOwnBases()) {
            return List.of(reason(
                    side,
                    Place.WHOLE,
                    "$id",
                    "parts with a base or a dynamic anchor of their own are not compared",
                    search.anywhere(),
                    false));
        }
        // One place and rule is told once, best with a payload.
        Map<String, Reason> reasons = new LinkedHashMap<>();
        for (Gap gap : new Inclusion(from, to).gaps()) {
            Reason reason = reason(side, gap.place(), gap.rule(), gap.detail(), search.of(gap), gap.open());
            reasons.merge(
                    reason.pointer() + " " + reason.rule() + " " + (gap.rule().equals("required") ? gap.detail() : ""),
                    reason,
                    (one, other) -> one.verdict().compareTo(other.verdict()) >= 0 ? one : other);
        }
        boolean shown = reasons.values().stream().anyMatch(reason -> reason.verdict() == Verdict.INCOMPATIBLE);
        boolean onlyOpen = !reasons.isEmpty() && reasons.values().stream().allMatch(reason -> reason.payload() != null);
        if (!shown && !onlyOpen) {
            // The proof is checked against values that are likely to break it.
            search.anywhere()
                    .ifPresent(payload -> reasons.put(
                            "", reason(side, Place.WHOLE, "example", "a payload breaks", Optional.of(payload), false)));
        }
        return List.copyOf(reasons.values());
    }

    private static Reason reason(
            Reason.Side side, Place place, String rule, String detail, Optional<JsonNode> payload, boolean open) {
        @Nullable
        JsonNode shown = payload.filter(value -> value.toString().length() <= MAX_PAYLOAD_CHARS)
                .orElse(null);
        return new Reason(
                side,
                place.pointer(),
                rule,
                payload.isPresent() && !open ? Verdict.INCOMPATIBLE : Verdict.UNDECIDED,
                open ? detail + "; before, nothing was said of a property of this name" : detail,
                shown);
    }

    // Policy -------------------------------------------------------------------------------------------------------

    private static List<Reason> policy(Contract before, Contract after) {
        List<Reason> reasons = new ArrayList<>();
        if (after.effectClass().compareTo(before.effectClass()) > 0) {
            reasons.add(broken(
                    "effectClass",
                    "a second run does more than was promised: it was " + before.effectClass() + " and is "
                            + after.effectClass()
                            + "; workers of the old release do not claim what they run by the new rule"));
        }
        lowered(
                reasons,
                "timeout",
                before.timeout(),
                after.timeout(),
                Verdict.INCOMPATIBLE,
                "an attempt that took longer succeeded before, and requests may ask for more");
        if (after.maxInputBytes() < before.maxInputBytes()) {
            reasons.add(broken(
                    "maxInputBytes",
                    "was " + before.maxInputBytes() + " and is " + after.maxInputBytes()
                            + ": longer inputs were accepted before"));
        }
        if (after.maxOutputBytes() < before.maxOutputBytes()) {
            reasons.add(broken(
                    "maxOutputBytes",
                    "was " + before.maxOutputBytes() + " and is " + after.maxOutputBytes()
                            + ": jobs with longer results succeeded before"));
        } else if (after.maxOutputBytes() > before.maxOutputBytes()) {
            reasons.add(open(
                    "maxOutputBytes",
                    "was " + before.maxOutputBytes() + " and is " + after.maxOutputBytes()
                            + ": whether those who fetch results take longer ones is not known"));
        }
        if (after.retry().attempts() < before.retry().attempts()) {
            reasons.add(open(
                    "retry/attempts",
                    "was " + before.retry().attempts() + " and is "
                            + after.retry().attempts()
                            + ": requests that ask for more are refused; whether there are any is not known"));
        }
        lowered(
                reasons,
                "retry/maxBackoff",
                before.retry().maxBackoff(),
                after.retry().maxBackoff(),
                Verdict.UNDECIDED,
                "requests that ask for more are refused; whether there are any is not known");
        if (before.sunset() != null && after.sunset() != null && after.sunset().isBefore(before.sunset())) {
            reasons.add(open(
                    "sunset",
                    "was " + before.sunset() + " and is " + after.sunset()
                            + ": callers were told that they have longer"));
        }
        return reasons;
    }

    private static void lowered(
            List<Reason> reasons, String field, Duration before, Duration after, Verdict verdict, String consequence) {
        if (after.compareTo(before) < 0) {
            reasons.add(new Reason(
                    Reason.Side.POLICY,
                    "/" + field,
                    field,
                    verdict,
                    "was " + before + " and is " + after + ": " + consequence,
                    null));
        }
    }

    private static Reason broken(String field, String detail) {
        return new Reason(Reason.Side.POLICY, "/" + field, field, Verdict.INCOMPATIBLE, detail, null);
    }

    private static Reason open(String field, String detail) {
        return new Reason(Reason.Side.POLICY, "/" + field, field, Verdict.UNDECIDED, detail, null);
    }
}

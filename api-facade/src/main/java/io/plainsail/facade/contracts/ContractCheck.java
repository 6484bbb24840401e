package io.plainsail.facade.contracts;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.compatibility.Comparison;
import io.plainsail.contracts.compatibility.Compatibility;
import io.plainsail.contracts.compatibility.Reason;
import io.plainsail.contracts.compatibility.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Says what would come of a contract: by rule, against the one in force, and by the jobs that are there. Thread-safe. */
public final class ContractCheck {
    private final ContractRegistry contracts;
    private final DataCheck data;

    /**
     * @param against digest of the contract in force; null if the type and version has none, and the contract is its first
     * @param verdict of the rules, and incompatible if a job would break. Of jobs that were not looked at
     *     only the rules tell
     */
    public record Findings(
            Contract contract, @Nullable String against, Verdict verdict, List<Reason> reasons, DataCheck.Result data) {
        public Findings {
            reasons = List.copyOf(reasons);
        }

        /** For a log: the worst reason, and the jobs. */
        String summary() {
            String worst = reasons.isEmpty()
                    ? "by its rules it is compatible"
                    : reasons.get(0).side() + " \"" + reasons.get(0).pointer() + "\" "
                            + reasons.get(0).rule() + ": " + reasons.get(0).detail()
                            + (reasons.size() > 1 ? " (and " + (reasons.size() - 1) + " more)" : "");
            return worst + "; " + data.wouldBreak() + " of " + data.checked() + " jobs would break"
                    + (data.complete() ? "" : ", not all were looked at in time");
        }

        /** As it is answered. */
        public ObjectNode toJson() {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("type", contract.jobType().name());
            json.put("version", contract.jobType().version());
            json.put("digest", contract.digest());
            json.put("against", against);
            json.put("verdict", verdict.word());
            ArrayNode listed = json.putArray("reasons");
            for (Reason reason : reasons) {
                ObjectNode one = listed.addObject();
                one.put("side", reason.side().name().toLowerCase(Locale.ROOT));
                one.put("pointer", reason.pointer());
                one.put("rule", reason.rule());
                one.put("verdict", reason.verdict().word());
                one.put("detail", reason.detail());
                if (reason.payload() != null) {
                    one.set("payload", reason.payload());
                }
            }
            ObjectNode jobs = json.putObject("data");
            jobs.put("checked", data.checked());
            jobs.put("total", data.total());
            jobs.put("wouldBreak", data.wouldBreak());
            jobs.put("complete", data.complete());
            ArrayNode examples = jobs.putArray("examples");
            for (DataCheck.Broken broken : data.examples()) {
                examples.addObject()
                        .put("job", broken.job().toString())
                        .put("state", broken.state())
                        .put("pointer", broken.pointer())
                        .put("rule", broken.rule())
                        .put("detail", broken.detail());
            }
            return json;
        }
    }

    public ContractCheck(ContractRegistry contracts, DataCheck data) {
        this.contracts = contracts;
        this.data = data;
    }

    /**
     * Checks a contract against the one in force.
     *
     * @param atMost how long the jobs that are there may be looked at
     * @param progress is told how far that is
     */
    public Findings check(Contract next, Duration atMost, Consumer<DataCheck.Result> progress) {
        ContractRegistry.Known inForce = contracts.find(next.jobType()).orElse(null);
        Comparison comparison =
                inForce == null ? Comparison.COMPATIBLE : Compatibility.compare(inForce.contract(), next);
        DataCheck.Result jobs = data.check(next, inForce, atMost, progress);
        Verdict byData = jobs.wouldBreak() > 0 ? Verdict.INCOMPATIBLE : Verdict.COMPATIBLE;
        return new Findings(
                next,
                inForce == null ? null : inForce.contract().digest(),
                comparison.verdict().orWorse(byData),
                comparison.reasons(),
                jobs);
    }
}

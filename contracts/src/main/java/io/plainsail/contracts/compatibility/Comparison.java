package io.plainsail.contracts.compatibility;

import java.util.List;

/**
 * What came of comparing a contract with the one in force.
 *
 * @param verdict the worst of the reasons'; compatible if there is none
 */
public record Comparison(Verdict verdict, List<Reason> reasons) {

    public static final Comparison COMPATIBLE = new Comparison(Verdict.COMPATIBLE, List.of());

    public Comparison {
        reasons = List.copyOf(reasons);
    }

    public static Comparison of(List<Reason> reasons) {
        return new Comparison(
                reasons.stream().map(Reason::verdict).reduce(Verdict.COMPATIBLE, Verdict::orWorse), reasons);
    }
}

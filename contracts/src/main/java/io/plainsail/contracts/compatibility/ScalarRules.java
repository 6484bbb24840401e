package io.plainsail.contracts.compatibility;

import static io.plainsail.contracts.compatibility.KeywordRules.saysTheSame;
import static io.plainsail.contracts.compatibility.KeywordRules.shown;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keywords of {@link KeywordRules} for numbers and strings. */
final class ScalarRules {
    private ScalarRules() {}

    static List<Gap> number(KeywordRules.Case at, boolean holds) {
        return holds || !at.facts().hasAny(Kind.NUMBERS)
                ? List.of()
                : at.gap(at.keyword() + " is " + shown(at.value()) + ", which is not sure to be kept");
    }

    static boolean isAbove(Facts.@Nullable Bound lower, JsonNode minimum, boolean exclusive) {
        if (lower == null) {
            return false;
        }
        int order = lower.value().compareTo(minimum.decimalValue());
        return order > 0 || (order == 0 && (!exclusive || lower.exclusive()));
    }

    static boolean isBelow(Facts.@Nullable Bound upper, JsonNode maximum, boolean exclusive) {
        if (upper == null) {
            return false;
        }
        int order = upper.value().compareTo(maximum.decimalValue());
        return order < 0 || (order == 0 && (!exclusive || upper.exclusive()));
    }

    static boolean isMultiple(Facts facts, BigDecimal of) {
        boolean wholeIsEnough =
                !facts.has(Kind.FRACTION) && BigDecimal.ONE.remainder(of).signum() == 0;
        return wholeIsEnough
                || facts.parts().stream()
                        .anyMatch(own -> own.path("multipleOf").isNumber()
                                && own.get("multipleOf")
                                                .decimalValue()
                                                .remainder(of)
                                                .signum()
                                        == 0);
    }

    static List<Gap> least(KeywordRules.Case at, Kind kind, long least) {
        return !at.facts().has(kind) || least >= Facts.count(at.part(), at.keyword(), 0)
                ? List.of()
                : at.gap(at.keyword() + " is " + shown(at.value()) + ", and may be " + least);
    }

    static List<Gap> most(KeywordRules.Case at, Kind kind, long most) {
        return !at.facts().has(kind) || most <= Facts.count(at.part(), at.keyword(), Long.MAX_VALUE)
                ? List.of()
                : at.gap(at.keyword() + " is " + shown(at.value()) + ", and may be "
                        + (most == Long.MAX_VALUE ? "more" : most));
    }

    static List<Gap> text(KeywordRules.Case at, boolean holds) {
        return holds || !at.facts().has(Kind.STRING) || saysTheSame(at)
                ? List.of()
                : at.gap(at.keyword() + " is " + shown(at.value()) + ", which is not sure to be kept");
    }
}

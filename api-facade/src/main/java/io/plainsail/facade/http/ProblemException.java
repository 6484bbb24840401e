package io.plainsail.facade.http;

import io.plainsail.contracts.Violation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends a request with a problem. */
final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    ProblemException(Problem.Kind kind, @Nullable String detail) {
        this(Problem.of(kind, detail));
    }

    ProblemException(Problem.Kind kind, @Nullable String detail, List<Violation> errors) {
        this(Problem.of(kind, detail, errors));
    }

    private ProblemException(Problem problem) {
        // No stack trace: a refused request is an ordinary answer and must stay cheap.
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    Problem problem() {
        return problem;
    }
}

package io.plainsail.testbed;

import io.plainsail.testbed.ServerSelection.Attempt;
import io.plainsail.testbed.ServerSelection.Failed;
import io.plainsail.testbed.ServerSelection.Found;
import io.plainsail.testbed.ServerSelection.Unavailable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands out the one server of this JVM: selected when the first test asks, closed after the last. A condition rather
 * than a resolver alone, because a resolver can fail a test and cannot skip it.
 */
abstract class SharedServerExtension<S> implements ExecutionCondition, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create("io.plainsail.testbed");

    /** Asks the sources; called once in this JVM. */
    abstract Attempt<S> select();

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Attempt<S> attempt = shared(context).attempt();
        if (attempt instanceof Failed<S> failed) {
            throw new TestbedException("the server for these tests failed", failed.why());
        }
        return attempt instanceof Unavailable<S> unavailable
                ? ConditionEvaluationResult.disabled(unavailable.why())
                : ConditionEvaluationResult.enabled("a server is there");
    }

    final S server(ExtensionContext context) {
        if (shared(context).attempt() instanceof Found<S> found) {
            return found.server();
        }
        throw new IllegalStateException("a test without a server was neither skipped nor failed");
    }

    @SuppressWarnings("unchecked") // Each extension class stores under its own key, and only this.
    private Shared<S> shared(ExtensionContext context) {
        return context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE)
                .computeIfAbsent(getClass(), key -> new Shared<>(selectOnce()), Shared.class);
    }

    private Attempt<S> selectOnce() {
        try {
            Attempt<S> attempt = select();
            if (attempt instanceof Found<S> found) {
                System.out.println("testbed: " + found.description());
            }
            return attempt;
        } catch (TestbedException e) {
            return new Failed<>(e);
        }
    }

    private record Shared<S>(Attempt<S> attempt) implements AutoCloseable {
        @Override
        public void close() throws Exception {
            if (attempt instanceof Found<S> found && found.server() instanceof AutoCloseable server) {
                server.close();
            }
        }
    }
}

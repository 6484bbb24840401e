package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ThrownFailureTest {

    @Test
    void equalStacksHaveEqualDigestsWhateverLineAndMessage() {
        assertThat(digestOf(frame("io.acme.Handler", "run", 10)))
                .isEqualTo(digestOf(frame("io.acme.Handler", "run", 99)));
        assertThat(ThrownFailure.digest(with(new IOException("one"), frame("a.B", "c", 1))))
                .isEqualTo(ThrownFailure.digest(with(new IOException("two"), frame("a.B", "c", 1))));
    }

    @Test
    void classMethodAndCauseMakeADifference() {
        String plain = digestOf(frame("io.acme.Handler", "run", 10));
        assertThat(digestOf(frame("io.acme.Handler", "walk", 10))).isNotEqualTo(plain);
        assertThat(digestOf(frame("io.acme.Other", "run", 10))).isNotEqualTo(plain);
        Throwable caused = with(new IllegalStateException(new IOException()), frame("io.acme.Handler", "run", 10));
        assertThat(ThrownFailure.digest(caused)).isNotEqualTo(plain);
    }

    @Test
    void generatedNamesAndReflectionAreNoise() {
        String first = digestOf(
                frame("io.acme.Handler", "lambda$run$3", 1),
                frame("io.acme.Handler$$Lambda$14/0x0000000800c8", "apply", 1),
                frame("jdk.internal.reflect.GeneratedMethodAccessor7", "invoke", 1),
                frame("jdk.proxy2.$Proxy12", "call", 1));
        String second = digestOf(
                frame("io.acme.Handler", "lambda$run$5", 1),
                frame("io.acme.Handler$$Lambda$99/0x0000000800aa", "apply", 1),
                frame("jdk.internal.reflect.NativeMethodAccessorImpl", "invoke0", 1),
                frame("jdk.internal.reflect.NativeMethodAccessorImpl", "invoke", 1),
                frame("jdk.proxy2.$Proxy31", "call", 1));
        assertThat(first).isEqualTo(second);
    }

    @Test
    void theRuntimesOwnFramesAreNoise() {
        String old = digestOf(
                frame("io.acme.Handler", "run", 1), frame("io.plainsail.worker.service.AttemptRunner", "run", 1));
        String renewed = digestOf(
                frame("io.acme.Handler", "run", 1),
                frame("io.plainsail.worker.service.AttemptRunner", "conclusionOf", 1),
                frame("io.plainsail.worker.service.AttemptRunner", "run", 1),
                frame("java.lang.Thread", "run", 1));
        assertThat(old).isEqualTo(renewed);
    }

    @Test
    void anOverflowIsKnownByItsCycleNotByWhereItEnded() {
        assertThat(ThrownFailure.digest(overflow(900, "java.util.HashMap", "hash")))
                .isEqualTo(ThrownFailure.digest(overflow(1_000, "java.lang.String", "equals")));
    }

    @Test
    void causesThatGoInCirclesEnd() {
        Exception outer = new Exception("outer");
        Exception inner = new Exception("inner", outer);
        outer.initCause(inner);
        assertThat(ThrownFailure.digest(outer)).startsWith("sha-256:");
        assertThat(ThrownFailure.trace(outer)).hasSizeLessThanOrEqualTo(ThrownFailure.MAX_TRACE_LINES);
    }

    private static Throwable overflow(int depth, String endClass, String endMethod) {
        StackTraceElement[] frames = new StackTraceElement[depth];
        frames[0] = frame(endClass, endMethod, 1);
        for (int i = 1; i < depth; i++) {
            frames[i] = frame("io.acme.Tree", i % 2 == 0 ? "visit" : "visitChildren", i);
        }
        StackOverflowError error = new StackOverflowError();
        error.setStackTrace(frames);
        return error;
    }

    private static String digestOf(StackTraceElement... frames) {
        return ThrownFailure.digest(with(new IllegalStateException(), frames));
    }

    private static Throwable with(Throwable thrown, StackTraceElement... frames) {
        thrown.setStackTrace(frames);
        return thrown;
    }

    private static StackTraceElement frame(String type, String method, int line) {
        return new StackTraceElement(type, method, "File.java", line);
    }
}

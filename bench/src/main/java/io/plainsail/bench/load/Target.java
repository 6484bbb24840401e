package io.plainsail.bench.load;

/**
 * Where requests go, and how many jobs each brings.
 *
 * @param port of the service, on this machine
 * @param adminPort where the facade's metrics are; 0 if it is no facade
 * @param jobsPerRequest 1: {@code POST /v1/jobs}; more: that many in one {@code POST /v1/jobs/bulk}
 * @param connections that many at a time, each kept and with a thread of its own
 */
public record Target(int port, int adminPort, int jobsPerRequest, int connections) {
    public Target {
        if (connections < 1 || jobsPerRequest < 1) {
            throw new IllegalArgumentException(
                    "connections is " + connections + " and jobsPerRequest " + jobsPerRequest + ": must be 1 or more");
        }
    }

    boolean single() {
        return jobsPerRequest == 1;
    }

    String path() {
        return single() ? "/v1/jobs" : "/v1/jobs/bulk";
    }

    int expectedStatus() {
        return single() ? 202 : 200;
    }
}

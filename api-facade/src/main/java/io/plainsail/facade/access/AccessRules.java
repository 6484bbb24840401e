package io.plainsail.facade.access;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Which role each call takes: one table. What is not in it takes an admin. */
public final class AccessRules {
    private AccessRules() {}

    /** How a call is guarded. */
    public enum Kind {
        /** By its role, and by the tenant of the job that its path names, if it names one. */
        ROLE,
        /** By its role; only callers that see all tenants. */
        WHOLE,
        /** By a token of its own, which the call itself looks at. */
        OWN_TOKEN,
        /** Every caller that has a key. */
        ANYBODY
    }

    /** One line of the table. */
    public record Rule(String method, Pattern path, Kind kind, Role role, boolean audited) {}

    private static final String ID = "[^/]+";

    /** A job's id. One that is a mere word names a call, such as {@code bulk}. */
    private static final String JOB = "(?![a-z]+(?:/|$))" + ID;

    private static final List<Rule> TABLE = List.of(
            rule("POST", "/v1/jobs(/bulk)?", Role.SUBMITTER),
            rule("GET", "/v1/jobs(/count)?", Role.READER),
            rule("GET", "/v1/events", Role.READER),
            rule("GET", "/v1/jobs/" + JOB + "(/events|/logs|/result)?", Role.READER),
            audited("POST", "/v1/jobs/cancel", Kind.ROLE, Role.OPERATOR),
            audited("POST", "/v1/jobs/release", Kind.WHOLE, Role.OPERATOR),
            audited("POST", "/v1/jobs/" + JOB + "/(cancel|replay)", Kind.ROLE, Role.SUBMITTER),
            new Rule(
                    "POST",
                    Pattern.compile("/v1/jobs/" + JOB + "/attempts/" + ID + "/claim"),
                    Kind.OWN_TOKEN,
                    Role.WORKER,
                    false),
            new Rule(
                    "PUT",
                    Pattern.compile("/v1/jobs/" + JOB + "/attempts/" + ID + "/result"),
                    Kind.OWN_TOKEN,
                    Role.WORKER,
                    false),
            rule("GET", "/v1/dead-jobs", Role.READER),
            audited("POST", "/v1/dead-jobs/(replay|purge)", Kind.ROLE, Role.OPERATOR),
            new Rule("GET", Pattern.compile("/v1/parked-messages"), Kind.WHOLE, Role.OPERATOR, false),
            audited("POST", "/v1/parked-messages/" + ID + "/release", Kind.WHOLE, Role.OPERATOR),
            audited("DELETE", "/v1/parked-messages/" + ID, Kind.WHOLE, Role.OPERATOR),
            new Rule("GET", Pattern.compile("/v1/job-types(/" + ID + "/v[0-9]+)?"), Kind.ANYBODY, Role.READER, false),
            new Rule(
                    "GET",
                    Pattern.compile("/v1/job-types/" + ID + "/v[0-9]+/callers"),
                    Kind.WHOLE,
                    Role.OPERATOR,
                    false),
            new Rule("POST", Pattern.compile("/v1/job-types/" + ID + "/check"), Kind.WHOLE, Role.OPERATOR, false),
            new Rule("POST", Pattern.compile("/v1/workers/" + ID + "/check"), Kind.WHOLE, Role.WORKER, false),
            new Rule(
                    "GET",
                    Pattern.compile("/v1/(workers|workers/" + ID + "|queues|releases|receipt)"),
                    Kind.WHOLE,
                    Role.READER,
                    false),
            audited("POST", "/v1/workers/" + ID + "/drain", Kind.WHOLE, Role.OPERATOR),
            audited("DELETE", "/v1/workers/" + ID + "/drain", Kind.WHOLE, Role.OPERATOR),
            new Rule("GET", Pattern.compile("/v1/whoami"), Kind.ANYBODY, Role.READER, false),
            new Rule("GET", Pattern.compile("/v1/(keys|audit)"), Kind.WHOLE, Role.ADMIN, false),
            audited("POST", "/v1/keys(/" + ID + "/rotate)?", Kind.WHOLE, Role.ADMIN),
            audited("DELETE", "/v1/keys/" + ID, Kind.WHOLE, Role.ADMIN));

    /** Tells which methods there are. */
    private static final Rule OPTIONS = new Rule("OPTIONS", Pattern.compile(".*"), Kind.ANYBODY, Role.READER, false);

    private static final Rule OTHERWISE = new Rule("*", Pattern.compile(".*"), Kind.WHOLE, Role.ADMIN, false);

    private static Rule rule(String method, String path, Role role) {
        return new Rule(method, Pattern.compile(path), Kind.ROLE, role, false);
    }

    private static Rule audited(String method, String path, Kind kind, Role role) {
        return new Rule(method, Pattern.compile(path), kind, role, true);
    }

    /** The first line that fits. */
    public static Rule of(String method, String path) {
        if (method.equals("OPTIONS")) {
            return OPTIONS;
        }
        String asked = method.equals("HEAD") ? "GET" : method;
        for (Rule rule : TABLE) {
            if (rule.method().equals(asked) && rule.path().matcher(path).matches()) {
                return rule;
            }
        }
        return OTHERWISE;
    }

    /** The methods that a path has; none if no line of the table names it. */
    public static Set<String> methods(String path) {
        Set<String> methods = new TreeSet<>();
        for (Rule rule : TABLE) {
            if (rule.path().matcher(path).matches()) {
                methods.add(rule.method());
            }
        }
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        if (!methods.isEmpty()) {
            methods.add("OPTIONS");
        }
        return methods;
    }

    /** Whether a call has a line of its own. */
    public static boolean covers(String method, String path) {
        return of(method, path) != OTHERWISE;
    }
}

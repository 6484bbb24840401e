package io.plainsail.facade.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.InvalidContractException;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.facade.contracts.Announcement;
import io.plainsail.facade.contracts.AnnouncementStore;
import io.plainsail.facade.contracts.Announcements;
import io.plainsail.facade.contracts.ContractCheck;
import io.plainsail.facade.contracts.ContractRegistry;
import io.plainsail.facade.contracts.DataCheck;
import io.plainsail.facade.contracts.Speaker;
import io.plainsail.facade.job.OverloadedException;
import io.plainsail.facade.receipt.CallerStore;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** The contracts that workers announced, and what would come of another one. */
@Path("/v1/job-types")
@Produces(MediaType.APPLICATION_JSON)
public final class JobTypesResource {
    /** A contract is never longer. */
    static final int MAX_CONTRACT_BYTES = 1024 * 1024;

    /** So long the jobs that are there are looked at; what is left then is said to be. */
    private static final Duration CHECK_AT_MOST = Duration.ofSeconds(25);

    private static final int MAX_CALLERS = 1_000;

    private final ContractRegistry contracts;
    private final Announcements announcements;
    private final ContractCheck checks;
    private final CallerStore callers;
    private final Semaphore checking = new Semaphore(1);

    public JobTypesResource(
            ContractRegistry contracts, Announcements announcements, ContractCheck checks, CallerStore callers) {
        this.contracts = contracts;
        this.announcements = announcements;
        this.checks = checks;
        this.callers = callers;
    }

    /** The contracts in force, and in short what else was announced in their place. */
    @GET
    public Map<String, List<Summary>> all() {
        Map<JobType, AnnouncementStore.Seen> seen = announcements.seen();
        List<Speaker> speakers = announcements.speakers();
        return Map.of(
                "jobTypes",
                contracts.all().stream()
                        .map(contract -> summary(contract, seen.get(contract.jobType()), speakers))
                        .toList());
    }

    /**
     * @param instances that speak this contract
     * @param announcements other contracts of the same type and version
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Summary(
            String type,
            int version,
            String title,
            String owner,
            String effectClass,
            String digest,
            @Nullable Instant firstSeen,
            @Nullable Instant lastSeen,
            long instances,
            @Nullable String deprecated,
            @Nullable String sunset,
            List<OtherSummary> announcements,
            String href) {}

    /**
     * @param state {@code accepted}, {@code refused}, or {@code checking}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record OtherSummary(
            String digest, String state, @Nullable String verdict, long instances) {}

    private Summary summary(Contract contract, AnnouncementStore.@Nullable Seen seen, List<Speaker> speakers) {
        JobType type = contract.jobType();
        return new Summary(
                type.name(),
                type.version(),
                contract.title(),
                contract.owner(),
                contract.effectClass().name().toLowerCase(Locale.ROOT),
                contract.digest(),
                seen == null ? null : seen.firstSeen(),
                seen == null ? null : seen.lastSeen(),
                count(speakers, type, contract.digest()),
                contract.deprecated() == null ? null : contract.deprecated().toString(),
                contract.sunset() == null ? null : contract.sunset().toString(),
                announcements.others(type).stream()
                        .map(other -> new OtherSummary(
                                other.digest(),
                                state(other),
                                other.announcement() == null
                                        ? null
                                        : findings(other.announcement())
                                                .path("verdict")
                                                .asText(null),
                                count(speakers, type, other.digest())))
                        .toList(),
                "/v1/job-types/" + type.name() + "/v" + type.version());
    }

    private static long count(List<Speaker> speakers, JobType type, String digest) {
        return speakers.stream()
                .filter(speaker ->
                        speaker.jobType().equals(type) && speaker.digest().equals(digest))
                .count();
    }

    private static String state(Announcements.Other other) {
        Announcement announcement = other.announcement();
        return announcement == null ? "checking" : announcement.accepted() ? "accepted" : "refused";
    }

    private static JsonNode findings(Announcement announcement) {
        return StrictJson.read(announcement.findings().getBytes(StandardCharsets.UTF_8));
    }

    /** The whole contract, schemas and examples included, who speaks it, and what else was announced in its place. */
    @GET
    @Path("/{type}/v{version: [0-9]{1,4}}")
    public JsonNode one(@PathParam("type") String name, @PathParam("version") int version) {
        JobType type = type(name, version);
        Contract contract =
                contracts.find(type).orElseThrow(JobTypesResource::unknown).contract();
        ObjectNode answer = ContractFormat.write(contract);
        answer.put("digest", contract.digest());
        AnnouncementStore.Seen seen = announcements.seen().get(type);
        if (seen != null) {
            answer.put("firstSeen", seen.firstSeen().toString());
            answer.put("lastSeen", seen.lastSeen().toString());
        }
        ArrayNode instances = answer.putArray("instances");
        for (Speaker speaker : announcements.speakers(type)) {
            instances
                    .addObject()
                    .put("instance", speaker.worker().instance())
                    .put("service", speaker.worker().service())
                    .put("release", speaker.worker().release())
                    .put("host", speaker.worker().host())
                    .put("digest", speaker.digest())
                    .put("lastSeen", speaker.lastSeen().toString());
        }
        ArrayNode others = answer.putArray("announcements");
        announcements.others(type).forEach(other -> others.add(view(other)));
        return answer;
    }

    private static ObjectNode view(Announcements.Other other) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("digest", other.digest()).put("state", state(other));
        Announcement announcement = other.announcement();
        if (announcement != null) {
            view.put("firstSeen", announcement.firstSeen().toString());
            view.put("lastSeen", announcement.lastSeen().toString());
            view.put("decidedAt", announcement.decidedAt().toString());
            view.set("findings", findings(announcement));
        }
        DataCheck.Result progress = other.progress();
        if (progress != null) {
            view.putObject("progress").put("checked", progress.checked()).put("total", progress.total());
        }
        return view;
    }

    private static JobType type(String name, int version) {
        if (!JobType.isName(name) || version < 1) {
            throw unknown();
        }
        return new JobType(name, version);
    }

    private static ProblemException unknown() {
        return new ProblemException(Problem.Kind.NOT_FOUND, "no worker has announced this job type");
    }

    record CallerView(String tenant, String caller, long jobs, Instant first, Instant last) {}

    /** Who has sent jobs of this type and version: last ones first, at most 1,000. A few seconds behind. */
    @GET
    @Path("/{type}/v{version: [0-9]{1,4}}/callers")
    public Map<String, List<CallerView>> callers(@PathParam("type") String name, @PathParam("version") int version) {
        JobType type = type(name, version);
        if (contracts.find(type).isEmpty()) {
            throw unknown();
        }
        return Map.of(
                "callers",
                callers.callers(type, MAX_CALLERS).stream()
                        .map(sent -> new CallerView(
                                sent.owner().tenant(), sent.owner().caller(), sent.jobs(), sent.first(), sent.last()))
                        .toList());
    }

    /**
     * Tells what would come of it if a worker announced this contract, the whole document: {@code compatible},
     * {@code incompatible} or {@code undecided}, with reasons, and how many of the jobs that are there would break. Changes
     * nothing. One at a time.
     */
    @POST
    @Path("/{type}/check")
    @Consumes(MediaType.APPLICATION_JSON)
    public JsonNode check(@PathParam("type") String type, InputStream body) throws IOException {
        Contract contract = contract(ClaimsResource.read(body, MAX_CONTRACT_BYTES));
        if (!contract.jobType().name().equals(type)) {
            throw invalid(new Violation(
                    "/type", "const", "type is \"" + contract.jobType().name() + "\": the path names " + type));
        }
        if (!checking.tryAcquire()) {
            throw new OverloadedException("another contract is being checked at this moment", 5);
        }
        try {
            return checks.check(contract, CHECK_AT_MOST, progress -> {}).toJson();
        } finally {
            checking.release();
        }
    }

    private static Contract contract(byte[] body) {
        JsonNode document = StrictJson.read(body);
        if (!document.isObject()) {
            throw invalid(new Violation("", "type", "a contract must be a JSON object"));
        }
        try {
            return ContractFormat.read(document);
        } catch (InvalidContractException e) {
            throw invalid(new Violation(e.pointer(), "contract", String.valueOf(e.getMessage())));
        }
    }

    private static ProblemException invalid(Violation violation) {
        return new ProblemException(Problem.Kind.INVALID_CONTRACT, violation.detail(), List.of(violation));
    }
}

package io.plainsail.facade;

import com.codahale.metrics.health.HealthCheck;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.dropwizard.configuration.EnvironmentVariableSubstitutor;
import io.dropwizard.configuration.SubstitutingSourceProvider;
import io.dropwizard.core.Application;
import io.dropwizard.core.server.AbstractServerFactory;
import io.dropwizard.core.setup.Bootstrap;
import io.dropwizard.core.setup.Environment;
import io.plainsail.facade.access.OidcConfig;
import io.plainsail.facade.description.Descriptions;
import io.plainsail.facade.description.Setup;
import io.plainsail.facade.http.AccessFilter;
import io.plainsail.facade.http.AuditResource;
import io.plainsail.facade.http.CancelResource;
import io.plainsail.facade.http.ClaimsResource;
import io.plainsail.facade.http.CountResource;
import io.plainsail.facade.http.CrossOrigin;
import io.plainsail.facade.http.DeadJobsResource;
import io.plainsail.facade.http.DescriptionResource;
import io.plainsail.facade.http.EventsResource;
import io.plainsail.facade.http.FeedResource;
import io.plainsail.facade.http.FiguresResource;
import io.plainsail.facade.http.HealthResource;
import io.plainsail.facade.http.HealthResource.Readiness;
import io.plainsail.facade.http.HttpErrors;
import io.plainsail.facade.http.JobRequests;
import io.plainsail.facade.http.JobTypesResource;
import io.plainsail.facade.http.JobWatcher;
import io.plainsail.facade.http.JobsResource;
import io.plainsail.facade.http.KeysResource;
import io.plainsail.facade.http.ParkedResource;
import io.plainsail.facade.http.Problem;
import io.plainsail.facade.http.ProblemMapper;
import io.plainsail.facade.http.ReleaseResource;
import io.plainsail.facade.http.Replays;
import io.plainsail.facade.http.ResultsResource;
import io.plainsail.facade.http.SubmitFilter;
import io.plainsail.facade.http.TracingFilter;
import io.plainsail.facade.http.UnreadBodies;
import io.plainsail.facade.http.WorkersResource;
import io.plainsail.facade.job.DeadJobs;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.TransportHealth;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.glassfish.jersey.server.ServerProperties;

/** The facade as a Dropwizard application: its wiring. */
public class FacadeApplication extends Application<FacadeConfiguration> {
    private final Function<FacadeConfiguration, Transport> transports;
    private final Clock clock;

    /**
     * @param transports makes the transport from the configuration
     */
    public FacadeApplication(Function<FacadeConfiguration, Transport> transports) {
        this(transports, Clock.systemUTC());
    }

    /**
     * @param clock for everything but the log
     */
    public FacadeApplication(Function<FacadeConfiguration, Transport> transports, Clock clock) {
        this.transports = transports;
        this.clock = clock;
    }

    @Override
    public String getName() {
        return "plainsail-facade";
    }

    @Override
    public void initialize(Bootstrap<FacadeConfiguration> bootstrap) {
        bootstrap.setConfigurationSourceProvider(new SubstitutingSourceProvider(
                bootstrap.getConfigurationSourceProvider(), new EnvironmentVariableSubstitutor(false)));
    }

    @Override
    public void run(FacadeConfiguration configuration, Environment environment) throws IOException {
        OpenDoors.check(configuration);
        Facade facade = new Facade(configuration, transports.apply(configuration), clock);
        environment.lifecycle().manage(facade);

        StopWatch stopping = new StopWatch(configuration.getDrainWaitSeconds());
        environment.lifecycle().addServerLifecycleListener(server -> {
            server.addEventListener(stopping);
            server.setErrorHandler(new HttpErrors());
        });

        if (configuration.getServerFactory() instanceof AbstractServerFactory server) {
            // The compressor would keep events back until its buffer is full.
            server.getGzipFilterFactory().setExcludedMimeTypes(Set.of(EventsResource.MEDIA_TYPE));
            // Ranges and digests are those of the result itself.
            server.getGzipFilterFactory().setExcludedPaths(Set.of(ResultsResource.PATH));
        }
        List<String> origins = configuration.getCors().allowedOrigins();
        if (!origins.isEmpty()) {
            environment.getApplicationContext().insertHandler(CrossOrigin.allowing(origins));
        }

        environment.getApplicationContext().insertHandler(new UnreadBodies());

        environment.getObjectMapper().disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);
        JobRequests requests = new JobRequests(facade.contracts(), clock);
        environment.jersey().register(new ProblemMapper());
        DeadJobs dead = facade.deadJobs();
        Replays replays = new Replays(
                requests, facade.accept(), facade.jobs(), dead, facade.jobCallbacks(), facade.fleet(), clock);
        JobWatcher watcher = new JobWatcher(
                facade.jobs(),
                configuration.getLimits().waits(),
                configuration.getLimits().eventStreams(),
                stopping::isStopping);
        JobsResource jobs = new JobsResource(
                requests,
                facade.accept(),
                facade.idempotencyKeys(),
                facade.jobs(),
                dead,
                replays,
                configuration.getLimits(),
                watcher,
                environment.getObjectMapper());
        environment.jersey().register(new EventsResource(facade.jobs(), watcher, environment.getObjectMapper()));
        environment.jersey().register(new FeedResource(facade.changes(), watcher, environment.getObjectMapper()));
        environment.jersey().register(jobs);
        // A path in Location is right behind every proxy; the filter before Jersey answers with one too.
        environment.jersey().property(ServerProperties.LOCATION_HEADER_RELATIVE_URI_RESOLUTION_DISABLED, true);
        environment.jersey().register(new TracingFilter.Route());
        environment
                .servlets()
                .addFilter("tracing", new TracingFilter(facade.tracing()))
                .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/v1/*");
        // Before all else: what follows knows the caller.
        environment
                .servlets()
                .addFilter(
                        "access",
                        new AccessFilter(
                                facade.keys(),
                                facade.tokensOfIssuer(),
                                facade.quotas(),
                                facade.audit(),
                                facade.jobs(),
                                clock,
                                environment.getObjectMapper(),
                                configuration.getAccess().required() ? null : Set.copyOf(origins)))
                .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/v1/*");
        environment
                .servlets()
                .addFilter("submit", new SubmitFilter(jobs, environment.getObjectMapper()))
                .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/v1/jobs");
        environment.jersey().register(new ResultsResource(facade.jobs(), facade.results(), facade.intake()));
        environment.jersey().register(new ClaimsResource(facade.guard(), facade.tokens()));
        environment.jersey().register(new WorkersResource(facade.guard(), facade.fleet(), facade.announcements()));
        environment.jersey().register(new CountResource(facade.figures()));
        environment.jersey().register(new FiguresResource(facade.figures(), facade.ledgers(), clock));
        environment.jersey().register(new KeysResource(facade.keys(), clock));
        environment.jersey().register(new AuditResource(facade.audit(), environment.getObjectMapper()));
        environment.jersey().register(new CancelResource(facade.jobs(), facade.ends(), clock));
        environment.jersey().register(new ReleaseResource(facade.jobs(), clock));
        environment.jersey().register(new DeadJobsResource(dead, facade.jobs(), facade.retention(), replays));
        environment.jersey().register(new ParkedResource(facade.jobs(), facade.parking()));
        environment
                .jersey()
                .register(new JobTypesResource(
                        facade.contracts(), facade.announcements(), facade.contractCheck(), facade.callers()));
        environment
                .jersey()
                .register(new HealthResource(facade::isAlive, () -> readiness(facade, stopping.isStopping())));

        environment.jersey().register(new DescriptionResource(descriptions(facade, configuration)));

        environment
                .healthChecks()
                .register("store", check(() -> facade.database().answers(), "does not answer"));
        environment
                .healthChecks()
                .register(
                        "transport",
                        check(() -> facade.transport().health().connected(), "is away: jobs wait in the outbox"));
        new FacadeMetrics(facade, clock).addTo(environment.admin());
        afterStart(facade, configuration, environment);
    }

    /** For editions that run more than the facade in this process. */
    protected void afterStart(Facade facade, FacadeConfiguration configuration, Environment environment) {}

    private Descriptions descriptions(Facade facade, FacadeConfiguration configuration) {
        OidcConfig oidc = configuration.oidc();
        FacadeConfiguration.Limits limits = configuration.getLimits();
        Setup setup = new Setup(
                configuration.getAccess().required(),
                oidc == null ? null : oidc.issuer(),
                limits.maxRequestBytes(),
                limits.maxBulkBytes(),
                limits.maxBulkItems());
        return new Descriptions(facade.contracts(), clock, Problem.kinds(), setup);
    }

    private static Readiness readiness(Facade facade, boolean stopping) {
        boolean store = facade.database().answers();
        TransportHealth transport = facade.transport().health();
        return new Readiness(
                store && !stopping,
                stopping,
                store ? "up" : "down",
                transport.detail(),
                facade.relay().outstanding());
    }

    private interface Question {
        boolean isFine();
    }

    private static HealthCheck check(Question question, String otherwise) {
        return new HealthCheck() {
            @Override
            protected Result check() {
                return question.isFine() ? Result.healthy() : Result.unhealthy(otherwise);
            }
        };
    }
}

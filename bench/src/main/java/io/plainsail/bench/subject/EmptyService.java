package io.plainsail.bench.subject;

import io.dropwizard.configuration.EnvironmentVariableSubstitutor;
import io.dropwizard.configuration.ResourceConfigurationSourceProvider;
import io.dropwizard.configuration.SubstitutingSourceProvider;
import io.dropwizard.core.Application;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.setup.Bootstrap;
import io.dropwizard.core.setup.Environment;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;

/** What Dropwizard can do at most: reads a body and answers 202 with a small JSON object. */
public final class EmptyService extends Application<Configuration> {

    public static void main(String[] args) throws Exception {
        new EmptyService().run("server", "empty-service.yaml");
    }

    @Override
    public void initialize(Bootstrap<Configuration> bootstrap) {
        bootstrap.setConfigurationSourceProvider(new SubstitutingSourceProvider(
                new ResourceConfigurationSourceProvider(), new EnvironmentVariableSubstitutor(true)));
    }

    @Override
    public void run(Configuration configuration, Environment environment) {
        environment.jersey().register(new Endpoint());
    }

    /** The same path, so that the same requests fit. */
    @Path("/v1/jobs")
    @Produces(MediaType.APPLICATION_JSON)
    public static final class Endpoint {
        @POST
        @Consumes(MediaType.APPLICATION_JSON)
        public Response take(InputStream body) throws IOException {
            return Response.accepted(new Answer("queued", body.readAllBytes().length))
                    .build();
        }
    }

    record Answer(String state, int bytes) {}
}

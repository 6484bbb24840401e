package io.plainsail.worker.service;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * A worker service as its module offers it: found on the class path, so that nobody keeps a list of them. A module names
 * its provider in {@code META-INF/services/io.plainsail.worker.service.WorkerProvider}; the provider is a public class
 * with a public constructor without parameters. {@link WorkerMain} runs the one it finds as a process of its own.
 *
 * <pre>{@code
 * public final class GreeterWorker implements WorkerProvider<GreeterConfig> {
 *     public String name() {
 *         return "greeter";
 *     }
 *
 *     public Class<GreeterConfig> handlerConfig() {
 *         return GreeterConfig.class;
 *     }
 *
 *     public WorkerService create(GreeterConfig config) {
 *         return WorkerService.named(name())
 *                 .handles(ContractLoader.fromClassPath(GreeterWorker.class, "greeting.render", 1), new GreetingRenderHandler(config));
 *     }
 * }
 * }</pre>
 *
 * @param <C> what the {@code handler:} part of the configuration is bound to
 */
public interface WorkerProvider<C> {

    /** The service's name, that of its folder under {@code workers/}. */
    String name();

    /**
     * What the {@code handler:} part of the configuration is bound to, unknown fields refused; defaults of its own may
     * stand in a resource of its name, such as {@code GreeterConfig.yml}, beside it. {@link NoHandlerConfig} for
     * nothing.
     */
    Class<C> handlerConfig();

    /**
     * Makes the service, once.
     *
     * @throws InvalidConfigException if the configuration cannot work; a worker process ends with status 78
     */
    WorkerService create(C handlerConfig) throws Exception;

    /**
     * Every provider on the class path, by name.
     *
     * @throws InvalidConfigException if one cannot be loaded, or two have the same name
     */
    static List<WorkerProvider<?>> all() {
        List<WorkerProvider<?>> found = new ArrayList<>();
        try {
            for (WorkerProvider<?> provider : ServiceLoader.load(WorkerProvider.class)) {
                found.add(provider);
            }
        } catch (ServiceConfigurationError e) {
            throw new InvalidConfigException("a worker service on the class path cannot be loaded: " + e, e);
        }
        found.sort(Comparator.comparing(WorkerProvider::name));
        for (int i = 1; i < found.size(); i++) {
            if (found.get(i).name().equals(found.get(i - 1).name())) {
                throw new InvalidConfigException("two worker services on the class path are named \""
                        + found.get(i).name() + "\": "
                        + found.get(i - 1).getClass().getName() + " and "
                        + found.get(i).getClass().getName());
            }
        }
        return List.copyOf(found);
    }
}

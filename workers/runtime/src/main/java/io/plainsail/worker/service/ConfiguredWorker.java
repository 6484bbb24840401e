package io.plainsail.worker.service;

import java.util.Map;

/**
 * A worker service made from its configuration, ready for {@link WorkerProcess#start}.
 *
 * @param service what it does; its resources are open, and closed by the process that runs it
 * @param config how it is run
 */
public record ConfiguredWorker(WorkerService service, WorkerConfig config) {

    /**
     * Makes the service from its defaults and these settings, which are what a configuration file would hold: laid over
     * the defaults, their texts filled from the environment.
     *
     * @param settings nested maps, lists and plain values, such as {@code {"handler": {"greeting": "Hello"}}}
     * @throws InvalidConfigException naming the worker, the field and the rule
     */
    public static <C> ConfiguredWorker of(
            WorkerProvider<C> provider, Map<String, ?> settings, Map<String, String> environment) {
        String where = "worker " + provider.name() + ": ";
        ConfigFile<C> config = ConfigFile.over(settings, where, provider.handlerConfig(), environment);
        try {
            return new ConfiguredWorker(provider.create(config.handler()), config.worker());
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new InvalidConfigException(where + "the service cannot be made: " + e.getMessage(), e);
        }
    }
}

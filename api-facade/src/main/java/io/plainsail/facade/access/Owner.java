package io.plainsail.facade.access;

/**
 * Whose a job is.
 *
 * @param tenant empty for nobody's
 * @param caller id of the key that it was submitted with
 */
public record Owner(String tenant, String caller) {
    public static final Owner NOBODY = new Owner("", "anonymous");
}

package io.plainsail.workers.document;

import io.plainsail.worker.JobFailedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * The images of one document: PNG, JPEG and GIF that stand in it as data URIs. Each is known by its header before anyone
 * decodes it, so an image that claims a billion pixels costs nothing. The document then names an image by a handle that
 * only this object can resolve. Not thread-safe.
 */
final class EmbeddedImages {
    /** The only scheme that the PDF renderer can open. */
    static final String SCHEME = "plainsail-image";

    private static final Pattern DATA_URI =
            Pattern.compile("data:image/(png|jpe?g|gif)(;[a-z0-9=-]{1,60}){0,4};base64,", Pattern.CASE_INSENSITIVE);
    private static final Set<String> FORMATS = Set.of("png", "jpeg", "gif");

    private final RenderLimits limits;
    private final List<Image> images = new ArrayList<>();
    private final Map<String, String> handles = new HashMap<>();
    private long pixels;

    /**
     * @param mediaType of the content
     * @param content the file
     */
    record Image(String mediaType, byte[] content) {

        /** The content as the PDF renderer can print it. */
        byte[] printable() {
            if (!mediaType.equals("image/gif")) {
                return content;
            }
            try {
                return ImageFile.gifAsPng(content);
            } catch (IOException | RuntimeException e) {
                throw RenderStoppedException.with(
                        Refusal.of(Refusal.IMAGE, "a GIF file cannot be decoded: " + e.getMessage()));
            }
        }
    }

    EmbeddedImages(RenderLimits limits) {
        this.limits = limits;
    }

    /**
     * Takes in an {@code img} element's source.
     *
     * @return the handle to put in its place
     * @throws JobFailedException {@code external-resource} if it is no data URI, {@code image} if it is no image, or the
     *     bound that was hit
     */
    String add(String source) throws JobFailedException {
        String known = handles.get(source);
        if (known != null) {
            return known;
        }
        Matcher head = DATA_URI.matcher(source);
        if (!head.lookingAt()) {
            boolean data = source.regionMatches(true, 0, "data:", 0, 5);
            throw Refusal.of(
                    data ? Refusal.IMAGE : Refusal.EXTERNAL_RESOURCE,
                    "img src is " + Refusal.quoted(source) + ": "
                            + (data
                                    ? "only base64 data URIs of image/png, image/jpeg and image/gif are supported"
                                    : "nothing is fetched, images are put in as data URIs"));
        }
        if (images.size() >= limits.images()) {
            throw Refusal.limit("images", "the document holds more than " + limits.images() + " different images");
        }
        byte[] content = decoded(source.substring(head.end()));
        Image image = new Image("image/" + format(content), content);
        String handle = SCHEME + ":" + images.size();
        images.add(image.mediaType().equals("image/png") ? new Image("image/png", plainPng(content)) : image);
        handles.put(source, handle);
        return handle;
    }

    /** Of all images together. */
    long pixels() {
        return pixels;
    }

    /** The image that a handle stands for. */
    Optional<Image> find(String handle) {
        if (!handle.startsWith(SCHEME + ":")) {
            return Optional.empty();
        }
        try {
            int index = Integer.parseInt(handle.substring(SCHEME.length() + 1));
            return index >= 0 && index < images.size() ? Optional.of(images.get(index)) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private byte[] decoded(String base64) throws JobFailedException {
        try {
            return Base64.getDecoder().decode(base64.replaceAll("\\s+", ""));
        } catch (IllegalArgumentException e) {
            throw Refusal.of(Refusal.IMAGE, nth() + " is not base64: " + e.getMessage());
        }
    }

    /** Reads the header alone: format and size. */
    private String format(byte[] content) throws JobFailedException {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw Refusal.of(Refusal.IMAGE, nth() + " is not a PNG, JPEG or GIF file");
            }
            ImageReader reader = readers.next();
            try {
                String format = reader.getFormatName().toLowerCase(Locale.ROOT);
                if (!FORMATS.contains(format)) {
                    throw Refusal.of(Refusal.IMAGE, nth() + " is a " + format + " file: must be PNG, JPEG or GIF");
                }
                reader.setInput(in, true, true);
                count(reader.getWidth(0), reader.getHeight(0));
                return format;
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) {
            throw Refusal.of(Refusal.IMAGE, nth() + " has a broken header: " + e.getMessage());
        }
    }

    private byte[] plainPng(byte[] content) throws JobFailedException {
        try {
            return ImageFile.plainPng(content);
        } catch (IOException e) {
            throw Refusal.of(Refusal.IMAGE, nth() + " cannot be used: " + e.getMessage());
        }
    }

    private void count(int width, int height) throws JobFailedException {
        pixels += (long) width * height;
        if (pixels > limits.imagePixels()) {
            throw Refusal.limit(
                    "image-pixels",
                    nth() + " has " + width + " x " + height + " pixels: all images together may have "
                            + limits.imagePixels());
        }
    }

    private String nth() {
        return "image " + (images.size() + 1);
    }
}

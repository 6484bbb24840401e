package io.plainsail.workers.document;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** What has to be done to image files before the PDF renderer may have them. */
final class ImageFile {
    private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    /** What a picture consists of; text and profile chunks may inflate without bound and are left out. */
    private static final Set<String> PNG_CHUNKS = Set.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND");

    private static final int CHUNK_EXTRA = 12;

    private ImageFile() {}

    /**
     * The same picture with nothing beside it.
     *
     * @throws IOException if it ends early; PDFBox copies the pixels as they are and would not notice
     */
    static byte[] plainPng(byte[] png) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(png.length);
        ByteArrayOutputStream pixels = new ByteArrayOutputStream(png.length);
        out.writeBytes(PNG_SIGNATURE);
        ByteBuffer in = ByteBuffer.wrap(png, PNG_SIGNATURE.length, png.length - PNG_SIGNATURE.length);
        long wanted = 0;
        while (in.remaining() >= CHUNK_EXTRA) {
            int start = in.position();
            int length = in.getInt();
            byte[] four = new byte[4];
            in.get(four);
            String name = new String(four, StandardCharsets.ISO_8859_1);
            if (length < 0 || length > in.remaining() - 4) {
                throw new IOException("the PNG file ends early");
            }
            if (name.equals("IHDR")) {
                wanted = pixelBytes(in.slice(in.position(), length));
            } else if (name.equals("IDAT")) {
                pixels.write(png, in.position(), length);
            }
            in.position(start + CHUNK_EXTRA + length);
            if (PNG_CHUNKS.contains(name)) {
                out.write(png, start, CHUNK_EXTRA + length);
            }
        }
        requireInflatesTo(wanted, pixels.toByteArray());
        return out.toByteArray();
    }

    /** A GIF's first picture as PNG: PDFBox takes two colours for black and white. */
    static byte[] gifAsPng(byte[] gif) throws IOException {
        BufferedImage indexed = ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(gif)));
        if (indexed == null) {
            throw new IOException("not a GIF file");
        }
        BufferedImage full = new BufferedImage(indexed.getWidth(), indexed.getHeight(), BufferedImage.TYPE_INT_ARGB);
        full.createGraphics().drawImage(indexed, 0, 0, null);
        ByteArrayOutputStream out = new ByteArrayOutputStream(gif.length * 2);
        ImageIO.write(full, "png", out);
        return out.toByteArray();
    }

    /** Bytes of all rows (PNG, third edition, section 7.2), or 1 if they are interlaced. */
    private static long pixelBytes(ByteBuffer header) throws IOException {
        if (header.remaining() < 13) {
            throw new IOException("the PNG header is too short");
        }
        long width = header.getInt();
        long height = header.getInt();
        int depth = header.get();
        int samples =
                switch (header.get()) {
                    case 2 -> 3;
                    case 4 -> 2;
                    case 6 -> 4;
                    default -> 1;
                };
        boolean interlaced = header.get(header.position() + 2) != 0;
        return interlaced ? 1 : height * (1 + (width * depth * samples + 7) / 8);
    }

    private static void requireInflatesTo(long wanted, byte[] pixels) throws IOException {
        Inflater inflater = new Inflater();
        inflater.setInput(pixels);
        byte[] part = new byte[64 * 1024];
        try {
            while (inflater.getBytesWritten() < wanted) {
                RenderStoppedException.ifInterrupted();
                if (inflater.inflate(part) == 0 && (inflater.finished() || inflater.needsInput())) {
                    throw new IOException(
                            "the PNG file holds " + inflater.getBytesWritten() + " of " + wanted + " bytes of pixels");
                }
            }
        } catch (DataFormatException e) {
            throw new IOException("the PNG file's pixels are broken: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
    }
}

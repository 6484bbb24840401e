package io.plainsail.workers.document;

import com.openhtmltopdf.extend.FSTextBreaker;

/** Finds line breaks as the renderer would, and looks at the interrupt for every text. */
record InterruptibleBreaker(FSTextBreaker breaker) implements FSTextBreaker {
    @Override
    public int next() {
        return breaker.next();
    }

    @Override
    public void setText(String text) {
        RenderStoppedException.ifInterrupted();
        breaker.setText(text);
    }
}

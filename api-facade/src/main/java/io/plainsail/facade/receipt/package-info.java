/** The proof that what was accepted is still there: a ledger of acceptances beside the jobs, and receipts over both. */
@NullMarked
package io.plainsail.facade.receipt;

import org.jspecify.annotations.NullMarked;

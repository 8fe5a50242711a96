// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.early;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Predicate;
import org.gatepost.names.DomainName;
import org.gatepost.spool.QueueControl;
import org.gatepost.spool.SpoolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a domain's deferred mail due when the reason of its deferral may be gone. Safe for use by many threads.
///
/// A domain decides when its policy changes, so that this is done for it once in a while only: else it could have its
/// mail tried without a pause. Whatever is missed keeps its scheduled time.
public final class EarlyRetry {
    /// Between two early retries of a domain.
    static final Duration PAUSE = Duration.ofMinutes(10);

    /// So that the mail of a large domain does not come all at once.
    static final Duration SPREAD = Duration.ofSeconds(5);

    private static final int MAX_DOMAINS = 100_000;
    private static final Logger LOG = LoggerFactory.getLogger(EarlyRetry.class);

    private final QueueControl queue;
    private final InstantSource clock;
    private final Cache<DomainName, Instant> done =
            Caffeine.newBuilder().maximumSize(MAX_DOMAINS).build();

    public EarlyRetry(QueueControl queue, InstantSource clock) {
        this.queue = queue;
        this.clock = clock;
    }

    /// @param failure which of the domain's mail is meant, by its last failure
    /// @param why for the log, such as `its MTA-STS policy changed`
    void retry(DomainName domain, Predicate<String> failure, String why) {
        Instant now = clock.instant();
        Instant last = done.getIfPresent(domain);
        if (last != null && !now.isBefore(last) && now.isBefore(last.plus(PAUSE))) {
            return;
        }
        try {
            int hastened = queue.hasten(domain, failure, now, SPREAD);
            if (hastened > 0) {
                done.put(domain, now);
                LOG.info("queue: {} recipients at {} are tried now, since {}", hastened, domain, why);
            }
        } catch (SpoolException e) {
            LOG.warn("queue: mail to {} keeps its time, though {}: {}", domain, why, e.getMessage());
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.gatepost.gateway.delivery.Scheduler.ConnectorBound;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Test;

class ConnectorSharesTest {
    private static final DomainName A = DomainName.parse("a.partner.test");
    private static final DomainName B = DomainName.parse("b.partner.test");
    private static final DomainName C = DomainName.parse("c.partner.test");
    private static final DomainName OTHER = DomainName.parse("other.test");

    private final ConnectorShares shares = new ConnectorShares(
            domain -> domain.equals(OTHER) ? Optional.empty() : Optional.of(new ConnectorBound("partner", 2)));

    @Test
    void domainsOfAConnectorShareItsPlaces() {
        assertThat(shares.take(A)).isTrue();
        assertThat(shares.take(A)).isTrue();
        assertThat(shares.take(B)).isFalse();
    }

    @Test
    void whoWaitsIsNamedInTurnWhenAPlaceIsFree() {
        shares.take(A);
        shares.take(A);
        shares.take(B);
        shares.take(C);

        assertThat(shares.release(A)).contains(B);
        assertThat(shares.take(B)).isTrue();
        assertThat(shares.release(B)).contains(C);
        assertThat(shares.take(C)).isTrue();
        assertThat(shares.release(A)).isEmpty();
        assertThat(shares.release(C)).isEmpty();
        assertThat(shares.take(A)).isTrue();
    }

    @Test
    void domainsWithoutBoundAlwaysHaveAPlace() {
        for (int i = 0; i < 5; i++) {
            assertThat(shares.take(OTHER)).isTrue();
        }
        assertThat(shares.release(OTHER)).isEmpty();
    }
}

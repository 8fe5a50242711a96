// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.gatepost.gateway.delivery.Scheduler.ConnectorBound;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Test;

class ConnectorSharesTest {
    private static final DomainQueue A = queue("a.partner.test");
    private static final DomainQueue B = queue("b.partner.test");
    private static final DomainQueue C = queue("c.partner.test");
    private static final DomainQueue OTHER = queue("other.test");

    private static DomainQueue queue(String domain) {
        return new DomainQueue(DomainName.parse(domain), new DomainPace(10));
    }

    private static DomainQueue proven(String domain) {
        DomainPace pace = new DomainPace(10);
        pace.note(Feedback.POSITIVE);
        return new DomainQueue(DomainName.parse(domain), pace);
    }

    private final ConnectorShares shares = new ConnectorShares(
            domain -> domain.equals(OTHER.domain()) ? Optional.empty() : Optional.of(new ConnectorBound("partner", 2)));

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

    /// The turn of one kind may not come while that of another does.
    @Test
    void aFreePlaceIsOfferedToOneOfEachKind() {
        DomainQueue known = proven("known.test");
        shares.take(A);
        shares.take(A);
        shares.take(B);
        shares.take(C);
        shares.take(known);

        assertThat(shares.release(A)).containsExactly(known, B);
    }

    @Test
    void aPlaceThatIsPassedOnGoesToTheNext() {
        shares.take(A);
        shares.take(A);
        shares.take(B);
        shares.take(C);

        assertThat(shares.release(A)).containsExactly(B);
        assertThat(shares.pass(B)).containsExactly(C);
    }

    @Test
    void domainsWithoutBoundAlwaysHaveAPlace() {
        for (int i = 0; i < 5; i++) {
            assertThat(shares.take(OTHER)).isTrue();
        }
        assertThat(shares.release(OTHER)).isEmpty();
    }
}

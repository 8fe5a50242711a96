// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.gateway.delivery.RecipientResult.NotDelivered;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.DeliveryFailure.InternalDefect;
import org.gatepost.policy.DeliveryFailure.NullMx;
import org.gatepost.policy.DeliveryFailure.PeerRejected;
import org.gatepost.policy.SubReason;
import org.gatepost.policy.TransportVerdict.Protection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How what a destination does changes what it is given.
class FeedbackTest {
    private static final RecipientResult DELIVERED =
            new Delivered("mx.example.test", Protection.NONE, "250 OK", false, List.of());
    private static final RecipientResult UNREACHABLE =
            result(new ConnectionFailed("mx.example.test", SubReason.CONNECTION_TIMED_OUT, "no answer in time"));

    private static RecipientResult result(DeliveryFailure failure) {
        return new NotDelivered(failure, List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "banner, 421, , NEGATIVE",
        "banner, 450, , NEGATIVE",
        "EHLO, 451, 4.7.0, NEGATIVE",
        "MAIL, 452, 4.3.1, NEGATIVE",
        "MAIL, 450, 4.7.1, NEGATIVE",
        "RCPT, 421, 4.7.0, NEGATIVE",
        "RCPT, 452, 4.3.2, NEGATIVE",
        "message, 451, 4.4.5, NEGATIVE",
        "message, 451, 4.3.0, NEGATIVE",
        "RCPT, 450, 4.2.0, NONE",
        "RCPT, 451, 4.7.1, NONE",
        "RCPT, 450, , NONE",
        "DATA, 451, , NONE",
        "RCPT, 550, 5.1.1, POSITIVE",
        "MAIL, 550, , POSITIVE",
        "message, 554, 5.7.1, POSITIVE",
        "message, 554, 5.3.0, POSITIVE",
    })
    void aReplyAsksForLessOrNot(String command, int code, String status, Feedback expected) {
        var failure = new PeerRejected(command, code, Optional.ofNullable(status), "words");
        assertThat(Feedback.of(List.of(result(failure)))).isEqualTo(expected);
    }

    @Test
    void aHostThatCannotBeReachedIsGivenLess() {
        assertThat(Feedback.of(List.of(UNREACHABLE))).isEqualTo(Feedback.NEGATIVE);
    }

    @Test
    void whereOneRecipientIsServedTheDestinationIsUp() {
        assertThat(Feedback.of(List.of(UNREACHABLE, DELIVERED))).isEqualTo(Feedback.POSITIVE);
    }

    @Test
    void whatNoHostSaidTeachesNothing() {
        assertThat(Feedback.of(List.of(
                        result(new ConnectionFailed("x", SubReason.CONNECTION_LIMIT_REACHED, "our own bound")))))
                .isEqualTo(Feedback.NONE);
        assertThat(Feedback.of(List.of(result(new InternalDefect("a bug"))))).isEqualTo(Feedback.NONE);
        assertThat(Feedback.of(List.of(result(new NullMx(DeliveryWorld.DOMAIN)))))
                .isEqualTo(Feedback.NONE);
        assertThat(Feedback.of(List.of())).isEqualTo(Feedback.NONE);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.gatepost.smtp.MessageDsn;
import org.gatepost.smtp.RecipientDsn;
import org.junit.jupiter.api.Test;

final class DsnTextTest {
    @Test
    void whatIsWrittenIsReadBack() {
        for (MessageDsn dsn : List.of(
                MessageDsn.NONE,
                MessageDsn.NONE.with("RET", "FULL"),
                MessageDsn.NONE.with("RET", "HDRS").with("ENVID", "a+3Db"))) {
            assertThat(DsnText.message(DsnText.of(dsn))).isEqualTo(dsn);
        }
        for (RecipientDsn dsn : List.of(
                RecipientDsn.NONE,
                RecipientDsn.NEVER,
                RecipientDsn.NONE.with("NOTIFY", "FAILURE,DELAY").with("ORCPT", "utf-8;ü+2B@x.example"))) {
            assertThat(DsnText.recipient(DsnText.of(dsn))).isEqualTo(dsn);
        }
    }

    @Test
    void theFormIsFrozen() {
        assertThat(DsnText.of(MessageDsn.NONE)).isEmpty();
        assertThat(DsnText.of(MessageDsn.NONE.with("RET", "HDRS").with("ENVID", "QQ314159")))
                .isEqualTo("RET=HDRS ENVID=QQ314159");
        assertThat(DsnText.of(
                        RecipientDsn.NONE.with("ORCPT", "rfc822;a@x.example").with("NOTIFY", "success")))
                .isEqualTo("NOTIFY=SUCCESS ORCPT=rfc822;a@x.example");
    }

    @Test
    void damageIsNotGuessedAt() {
        for (String damaged : List.of("x", "RET", "RET=ALL", "NOTIFY=NEVER", "RET=HDRS ", "ENVID=a b")) {
            assertThatThrownBy(() -> DsnText.message(damaged)).isInstanceOf(IllegalArgumentException.class);
        }
        for (String damaged : List.of("x", "NOTIFY", "NOTIFY=NEVER,DELAY", "ORCPT=x", "RET=HDRS")) {
            assertThatThrownBy(() -> DsnText.recipient(damaged)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.gatepost.policy.StsRecord.None;
import org.gatepost.policy.StsRecord.Published;
import org.gatepost.policy.StsRecord.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 8461 §3.1.
final class StsRecordTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "v=STSv1; id=20160831085700Z;",
                "v=STSv1;id=20160831085700Z",
                "v=STSv1;\t id=20160831085700Z \t; ",
                "v=STSv1; ext=a:b?c; id=20160831085700Z; A.b_c-d=1",
                "v=STSv1; id=20160831085700Z; id=other",
            })
    void wellFormedRecordsGiveTheirId(String text) {
        assertThat(StsRecord.parse(List.of(text))).isEqualTo(new Published("20160831085700Z"));
    }

    @Test
    void foreignRecordsAreIgnored() {
        assertThat(StsRecord.parse(List.of("v=spf1 -all", "v=STSv1; id=a", "", "v=STSv2; id=b", "V=STSv1; id=c")))
                .isEqualTo(new Published("a"));
    }

    @Test
    void nothingThatBeginsRightIsNoRecord() {
        assertThat(reason("v=STSv1")).isEqualTo(Reason.NO_RECORD);
        assertThat(reason("v=STSv12;id=a")).isEqualTo(Reason.NO_RECORD);
        assertThat(reason("id=a; v=STSv1;")).isEqualTo(Reason.NO_RECORD);
        assertThat(reason("v=STSv1 ; id=a")).isEqualTo(Reason.NO_RECORD);
        assertThat(reason()).isEqualTo(Reason.NO_RECORD);
    }

    /// RFC 8461 §3.2: of a repeated field all but the first are ignored.
    @Test
    void theFirstOfTwoIdsCounts() {
        assertThat(StsRecord.parse(List.of("v=STSv1; id=a; id=-"))).isEqualTo(new Published("a"));
        assertThat(reason("v=STSv1; id=-; id=a")).isEqualTo(Reason.BAD_ID);
    }

    /// RFC 8461 §3.1: white space stands around semicolons only.
    @Test
    void whiteSpaceAtTheEndBelongsToNothing() {
        assertThat(reason("v=STSv1; id=a ")).isEqualTo(Reason.BAD_ID);
        assertThat(StsRecord.parse(List.of("v=STSv1; id=a ; "))).isEqualTo(new Published("a"));
    }

    @Test
    void twoRecordsCountAsNone() {
        assertThat(reason("v=STSv1; id=a", "v=STSv1; id=a")).isEqualTo(Reason.SEVERAL_RECORDS);
        assertThat(reason("v=STSv1; id=a", "v=STSv1;")).isEqualTo(Reason.SEVERAL_RECORDS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v=STSv1;",
                "v=STSv1; ext=1",
                "v=STSv1; id=",
                "v=STSv1; id=a-b",
                "v=STSv1; id=a b",
                "v=STSv1; id=é",
                "v=STSv1; id=012345678901234567890123456789012",
                "v=STSv1; ID=a",
            })
    void badIdsAreTold(String text) {
        assertThat(reason(text)).isEqualTo(Reason.BAD_ID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v=STSv1; id=a;;",
                "v=STSv1;; id=a",
                "v=STSv1; id=a; more=a\t",
                "v=STSv1; id=a; id=b c",
                "v=STSv1; id=a; more=",
                "v=STSv1; id=a; more",
                "v=STSv1; id=a; 1%=a",
                "v=STSv1; id=a; _a=a",
                "v=STSv1; id=a; test==",
                "v=STSv1; id=a; b=c d",
                "v=STSv1; id=a; a12345678901234567890123456789012=1",
            })
    void badSyntaxIsTold(String text) {
        assertThat(reason(text)).isEqualTo(Reason.BAD_SYNTAX);
    }

    @Test
    void hostileRecordsAreReadInLinearTimeAndShownPrintable() {
        String blanks = "v=STSv1; id=" + " ".repeat(60_000) + "\u001b[2J";
        assertThat(StsRecord.parse(List.of(blanks)))
                .isInstanceOfSatisfying(
                        None.class,
                        none -> assertThat(none.detail()).hasSizeLessThan(200).doesNotContain("\u001b"));
    }

    private static Reason reason(String... texts) {
        return ((None) StsRecord.parse(List.of(texts))).reason();
    }
}

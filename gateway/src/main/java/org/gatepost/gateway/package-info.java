// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.gatepost.gateway;

import org.jspecify.annotations.NullMarked;

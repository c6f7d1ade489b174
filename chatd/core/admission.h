#ifndef CHATD_ADMISSION_H
#define CHATD_ADMISSION_H

#include "core/hub_state.h"

/* Makes a CHECKING session LIVE, with what the store says of its user and what was published since
 * it was asked. Without memory the session is closed. */
void admission_admit(struct hub *hub, struct session *session, struct admission *admission);

#endif

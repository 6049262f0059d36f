/** The longest delay that timers know, in milliseconds (Node: a longer one fires at once). */
export const maxDelayMs = 2_147_483_647;

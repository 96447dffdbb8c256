/* Ends with a status that only the low eight bits of are seen: 0x12345 becomes 69. */
#include "guest.h"

int main(void)
{
    printf("unflushed until exit");
    exit(0x12345);
}

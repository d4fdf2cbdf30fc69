/*
 * The first program of a machine that is traced: runs the command of its arguments twice, so that the second time finds
 * everything in memory, and marks where each run begins and ends by calls that no kernel knows. Then it ends the machine.
 *
 *     run COUNT COMMAND [ARGUMENT]...
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK 0x54726163 /* "Trac": trace.py knows it */

static int perform(char **command)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char **argv)
{
    int status = 0;

    mount("proc", "/proc", "proc", 0, NULL);
    setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
    for (int i = argc > 2 ? atoi(argv[1]) : 0; i > 0; i--) {
        prctl(MARK, 1, i);
        status = perform(argv + 2);
        prctl(MARK, 0, i);
    }
    printf("trace: status %d\n", status);
    fflush(stdout);
    reboot(RB_POWER_OFF);
    return status;
}

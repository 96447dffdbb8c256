#!/usr/bin/bash
# The same script by every other shell.
cat >script <<'EOF'
trap 'echo exit' EXIT
echo "$(echo nested $(echo twice))" | tr a-z A-Z
(sleep 0.05; exit 4) & wait $!; echo "wait $?"
trap 'echo usr1' USR1; kill -USR1 $$; sleep 0.01
cat <<END
here $((2 * 21))
END
i=0; while [ $i -lt 50 ]; do /bin/true; i=$((i + 1)); done; echo $i
(trap 'exit 6' TERM; sleep 0.1 & kill -TERM $$; wait) ; echo not reached
EOF
for shell in "zsh -f" mksh "busybox sh" dash "bash --posix"; do
  echo "== $shell"; $shell script 2>&1 | cat; echo "${PIPESTATUS[0]}"
done
zsh -fc 'print -l **/*(.); zmodload zsh/system zsh/stat; zstat +size script; ls =(echo temporary) >/dev/null; echo ${(U)HOME} ${(j:,:)${(s: :)"a b c"}}'
ksh -c 'x=(a b); echo ${#x[@]} ${.sh.version%% *} $(( sqrt(2) > 1.4 )); print -r "raw\n"'
mksh -c 'print ${|REPLY=value;} $((1 # -1 > 0)); set -o pipefail; false | true; print $?'

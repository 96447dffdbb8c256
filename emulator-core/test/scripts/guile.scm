#!/usr/bin/guile --no-auto-compile
!#
; Guile: processes, threads, files, big numbers.
(use-modules (ice-9 popen) (ice-9 rdelim) (ice-9 threads) (ice-9 ftw) (srfi srfi-1))
(let* ((p (open-input-pipe "echo pipe; exit 3")) (line (read-line p))) (display (list line (status:exit-val (close-pipe p)))) (newline))
(let ((pid (primitive-fork))) (if (zero? pid) (primitive-exit 7) (begin (display (status:exit-val (cdr (waitpid pid)))) (newline))))
(display (par-map (lambda (n) (* n n)) (iota 10))) (newline)
(let ((m (make-mutex)) (n 0)) (for-each join-thread (map (lambda (_) (call-with-new-thread (lambda () (do ((i 0 (+ i 1))) ((= i 500)) (with-mutex m (set! n (+ n 1))))))) (iota 4))) (display n) (newline))
(call-with-output-file "f" (lambda (p) (do ((i 0 (+ i 1))) ((= i 1000)) (write i p) (newline p)))) (display (list (stat:size (stat "f")) (scandir "."))) (newline)
(display (fold * 1 (iota 50 1))) (newline) (sigaction SIGUSR1 (lambda (n) (display "signal") (newline))) (kill (getpid) SIGUSR1) (usleep 10000)
(catch #t (lambda () (open-input-file "/nowhere")) (lambda (key . rest) (display key) (newline))) (do ((i 0 (+ i 1))) ((= i 100)) (make-vector 100000 i)) (gc) (exit 6)

#!/usr/bin/ocaml unix.cma
(* OCaml: the toplevel with its Unix library. *)
#directory "+unix";;
open Unix
let () = match fork () with 0 -> _exit 5 | pid -> (match snd (waitpid [] pid) with WEXITED n -> Printf.printf "exited %d\n%!" n | _ -> print_endline "?")
let () = let i = open_process_in "seq 5 | wc -l" in print_endline (String.trim (input_line i)); ignore (close_process_in i)
let () = let a, b = socketpair PF_UNIX SOCK_STREAM 0 in ignore (write_substring a "hello" 0 5); let buf = Bytes.create 10 in print_int (read b buf 0 10); print_newline ()
let () = Sys.set_signal Sys.sigalrm (Sys.Signal_handle (fun _ -> print_endline "alarm")); ignore (setitimer ITIMER_REAL { it_interval = 0.; it_value = 0.02 }); (try ignore (select [] [] [] 1.0) with Unix_error (EINTR, _, _) -> print_endline "EINTR")
let () = let o = open_out "f" in for i = 1 to 1000 do Printf.fprintf o "%d\n" i done; close_out o; Printf.printf "%d %b\n" (stat "f").st_size (Sys.file_exists "g")
let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)
let () = Printf.printf "%d %s\n" (fib 20) (try ignore (openfile "/nowhere" [O_RDONLY] 0); "" with Unix_error (e, f, _) -> error_message e ^ f); for i = 1 to 50 do ignore (Array.make 100000 i) done; Gc.full_major (); exit 3

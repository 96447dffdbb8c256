// Goroutines, pre-emption, the garbage collector at work, os/exec, os/signal, timers, panics.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type node struct{ l, r *node }

func tree(d int) *node {
	if d == 0 {
		return &node{}
	}
	return &node{tree(d - 1), tree(d - 1)}
}
func (n *node) count() int {
	if n.l == nil {
		return 1
	}
	return 1 + n.l.count() + n.r.count()
}

func main() {
	// goroutines and channels
	c := make(chan int)
	var wg sync.WaitGroup
	for i := 0; i < 100; i++ {
		wg.Add(1)
		go func(i int) { defer wg.Done(); c <- i * i }(i)
	}
	go func() { wg.Wait(); close(c) }()
	sum := 0
	for v := range c {
		sum += v
	}
	fmt.Println("sum", sum)
	// a loop without calls must be pre-empted
	runtime.GOMAXPROCS(1)
	var stop int32
	go func() {
		for atomic.LoadInt32(&stop) == 0 {
		}
	}()
	time.Sleep(20 * time.Millisecond)
	x := 0
	done := make(chan bool)
	go func() {
		for i := 0; i < 1<<62; i++ {
			x += i
		}
	}()
	go func() { time.Sleep(10 * time.Millisecond); done <- true }()
	<-done
	atomic.StoreInt32(&stop, 1)
	fmt.Println("pre-empted")
	runtime.GOMAXPROCS(4)
	// GC under load
	total := 0
	var mu sync.Mutex
	var g sync.WaitGroup
	for i := 0; i < 4; i++ {
		g.Add(1)
		go func() {
			defer g.Done()
			for k := 0; k < 10; k++ {
				n := tree(12).count()
				mu.Lock()
				total += n
				mu.Unlock()
			}
		}()
	}
	g.Wait()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println("nodes", total, m.NumGC > 0)
	// os/exec
	out, err := exec.Command("sh", "-c", "echo out; echo err >&2; exit 3").CombinedOutput()
	fmt.Printf("%q %v\n", out, err)
	cmd := exec.Command("cat")
	cmd.Stdin = strings.NewReader(strings.Repeat("y", 200000))
	o, err := cmd.Output()
	fmt.Println(len(o), err)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	err = exec.CommandContext(ctx, "sleep", "10").Run()
	fmt.Println(err)
	var procs []*exec.Cmd
	for i := 0; i < 10; i++ {
		p := exec.Command("sh", "-c", fmt.Sprintf("exit %d", i))
		p.Start()
		procs = append(procs, p)
	}
	codes := []int{}
	for _, p := range procs {
		p.Wait()
		codes = append(codes, p.ProcessState.ExitCode())
	}
	sort.Ints(codes)
	fmt.Println(codes)
	// os/signal
	s := make(chan os.Signal, 10)
	signal.Notify(s, syscall.SIGUSR1, syscall.SIGTERM)
	for i := 0; i < 3; i++ {
		syscall.Kill(os.Getpid(), syscall.SIGUSR1)
		fmt.Println(<-s)
	}
	p, _ := os.StartProcess("/bin/sleep", []string{"sleep", "30"}, &os.ProcAttr{Sys: &syscall.SysProcAttr{Setpgid: true}})
	p.Signal(syscall.SIGTERM)
	st, err := p.Wait()
	fmt.Println(st, err)
	// timers
	t := time.NewTicker(5 * time.Millisecond)
	for i := 0; i < 5; i++ {
		<-t.C
	}
	t.Stop()
	select {
	case <-time.After(10 * time.Millisecond):
		fmt.Println("after")
	}
	func() {
		defer func() { fmt.Println("recovered", recover() != nil) }()
		var q *node
		_ = q.l
	}()
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		z := 0
		fmt.Println(1 / z)
	}()
	runtime.LockOSThread()
	fmt.Println(syscall.Gettid() > 0)
	os.Exit(5)
}
